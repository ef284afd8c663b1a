"""The report at the end of the run, after the program's own exit functions; also when a signal ends it.

SIGTERM and SIGHUP end a program before any code can run. So where the program leaves them at their default, a handler
of ours reports, and then lets the default have its way; the program sees the default (see `hooks.signal`).
"""

from __future__ import annotations

import atexit
import os
import sys
from importlib import import_module

from ocoro.runtime import originals
from ocoro.runtime.instance import scheduler
from ocoro.runtime.signals import SIG_DFL

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from types import FrameType

_DEADLY = (1, 15)  # SIGHUP, SIGTERM
_SIG_BLOCK, _SIG_SETMASK = 0, 2


def identity(fd: int) -> tuple[int, int] | None:
    """What `fd` is open to."""
    try:
        status = os.fstat(fd)
    except OSError:
        return None
    return status.st_dev, status.st_ino


class Farewell:
    """Once per run, in the process that was launched. `reporter` is "module:function", or empty for no report.

    With the mode "none" it is called only when something went wrong with the recording.
    """

    def __init__(self, reporter: str, mode: str) -> None:
        self._reporter, self._mode = reporter, mode
        self._pid = os.getpid()
        self._stderr = identity(2)
        self._mask: set[int] = set()

    def say(self) -> None:
        """End the runtime, then report."""
        scheduler.retire()
        recorder = scheduler.recorder
        has_to_say = self._reporter and (self._mode != "none" or recorder.failure)
        summary = recorder.summary() if has_to_say else None
        recorder.close(scheduler.coroutines)
        if summary is None or os.getpid() != self._pid or identity(2) != self._stderr:
            return  # a child, or the program closed its stderr and the number stands for something else
        self._pid = 0
        interrupted = getattr(sys, "last_type", None) is KeyboardInterrupt
        module, _, function = self._reporter.partition(":")
        getattr(import_module(module), function)(summary, self._mode)
        if interrupted:
            _be_interrupted()

    def die(self, number: int, frame: FrameType | None) -> None:
        """The native handler of a deadly signal."""
        try:
            self.say()
        finally:
            originals.set_signal(number, SIG_DFL)
            os.kill(os.getpid(), number)

    def stand_in(self, number: int) -> None:
        """Report when signal `number` ends the program, if it is one that would."""
        if self._reporter and number in _DEADLY and originals.getsignal(number) == SIG_DFL:
            originals.set_signal(number, self.die)

    def before_fork(self) -> None:
        """Hold back the deadly signals: what comes now would be taken by a handler that the child is about to lose."""
        self._mask = originals.pthread_sigmask(_SIG_BLOCK, _DEADLY)

    def after_fork(self) -> None:
        """Let them through again."""
        originals.pthread_sigmask(_SIG_SETMASK, self._mask)

    def after_fork_in_child(self) -> None:
        """A child reports nothing, so the default holds as it stands."""
        for number in _DEADLY:
            if self.stands_in(number):
                originals.set_signal(number, SIG_DFL)
        self._reporter = ""
        self.after_fork()

    def stands_in(self, number: int) -> bool:
        """Whether the native handler of signal `number` is ours and stands for the default."""
        return bool(originals.getsignal(number) == self.die)


def _be_interrupted() -> None:
    """Let the interpreter know again that an uncaught KeyboardInterrupt ends it, so that it dies by SIGINT.

    It forgets that whenever somebody evaluates a string, as imports that make named tuples do.
    """
    try:
        eval("interrupt()", {"interrupt": _interrupt})
    except KeyboardInterrupt:
        pass


def _interrupt() -> None:
    raise KeyboardInterrupt


farewell = Farewell("", "none")


def begin(reporter: str, mode: str) -> None:
    """Have the end reported by calling `reporter` with the summary and `mode`; registered first, called last."""
    global farewell
    farewell = Farewell(reporter, mode)
    atexit.register(farewell.say)
    if reporter:
        os.register_at_fork(
            before=farewell.before_fork,
            after_in_parent=farewell.after_fork,
            after_in_child=farewell.after_fork_in_child,
        )
    for number in _DEADLY:
        farewell.stand_in(number)
