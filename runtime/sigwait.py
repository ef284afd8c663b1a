"""Waiting for signals by `sigwait` and its like, in a real thread made for one wait, which takes them from the process.

The thread is told to give up by a signal of its own. What it takes at the last moment it sends once more.

A signal at its default that the coroutine does not block cannot be waited for: the kernel carries out the default even
while somebody waits. So the home thread does not block it on behalf of the wait.
"""

from __future__ import annotations

from ocoro.runtime import helpers, masks, originals
from ocoro.runtime.coroutine import NEVER
from ocoro.runtime.instance import scheduler

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from typing import Any

    from ocoro.runtime.coroutine import Coroutine
    from ocoro.runtime.tally import Tally

_SIG_DFL = 0
_SI_TKILL = -6  # what siginfo says of a signal that was sent to one thread
_STOP = 63  # the number that preemption uses, too, without ever sending it


class Wait:
    """One wait of one coroutine."""

    __slots__ = ("_coroutine", "_given_up", "_over", "_thread", "_wanted", "info", "serial")

    def __init__(self, coroutine: Coroutine, wanted: frozenset[int]) -> None:
        self._coroutine = coroutine
        self._wanted = wanted
        self._given_up: Any = False  # anybody may change these while we wait
        self._over: Any = False
        self._thread = 0
        self.serial = coroutine.serial
        self.info: Any = None

    def wait(self, tally: Tally, deadline: float = NEVER) -> Any:
        """What `sigwaitinfo` returns; None after `deadline`. May raise what a signal handler raises."""
        me = self._coroutine
        outer = waits.get(me)  # of the same coroutine, in main, when a signal handler waits in turn
        self._enter(self)
        scheduler.keep_garbage()
        self.serial = me.serial
        scheduler.outside += 1
        try:
            helpers.start(self._run)
            scheduler.park(tally, deadline)
        finally:
            scheduler.collect()
            scheduler.outside -= 1
            self._give_up()
            self._enter(outer)
        return self.info or kept(me, self._wanted)

    def _enter(self, wait: Wait | None) -> None:
        """Make `wait` the one that the coroutine is in."""
        if wait is None:
            waits.pop(self._coroutine, None)
            masks.waiting.pop(self._coroutine.ident, None)
        else:
            waits[self._coroutine], masks.waiting[self._coroutine.ident] = wait, wait._obtainable()
        masks.apply()

    def _obtainable(self) -> frozenset[int]:
        """What is wanted and not left to the kernel."""
        mask = masks.mask_of(self._coroutine)
        return frozenset(each for each in self._wanted if each in mask or originals.getsignal(each) != _SIG_DFL)

    def wake(self) -> None:
        """A signal is kept for the coroutine."""
        scheduler.unpark(self._coroutine, self.serial)

    def _give_up(self) -> None:
        self._given_up = True
        if self._thread and not self._over:
            originals.pthread_kill(self._thread, _STOP)

    def _run(self) -> None:
        self._thread = originals.get_ident()
        while not self._given_up:
            info = originals.sigwaitinfo(self._wanted | {_STOP})
            if self._given_up and info.si_signo == _STOP:
                break
            if self._given_up or info.si_signo not in self._wanted:
                originals.kill(originals.getpid(), info.si_signo)
                continue
            self.info = info
            scheduler.unpark(self._coroutine, self.serial)
            break
        self._over = True


waits: dict[Coroutine, Wait] = {}


def kept(coroutine: Coroutine, wanted: frozenset[int]) -> Any:
    """The description of a signal that was sent to `coroutine` alone, if there is one; it is taken."""
    number = masks.take(coroutine, wanted)
    if not number:
        return None
    return originals.struct_siginfo((number, _SI_TKILL, 0, originals.getpid(), originals.getuid(), 0, 0))
