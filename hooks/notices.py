"""What is told while the program runs: stalls, a deadlock, all coroutines on demand. The launcher names who tells."""

from __future__ import annotations

import _signal
import os
import sys
from _io import TextIOWrapper

from ocoro.hooks import farewell
from ocoro.runtime import deadlock, library, originals, signals
from ocoro.runtime.frames import hidden
from ocoro.runtime.instance import scheduler
from ocoro.runtime.monitor import limits
from ocoro.runtime.standing import own_place, standings
from ocoro.runtime.trip import fuse

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any

    from ocoro.runtime.standing import Place
    from ocoro.runtime.watch import Stall

NOWHERE = ("(outside of Python)", 0, "")  # a place
_ABORTED = 70
_current: list[Notices] = []  # once they have begun


class Notices:
    """`module` has a function for each kind of notice; without one nothing is told."""

    def __init__(self, module: str) -> None:
        self._words: Any = library.load(module) if module else None
        self._pid = os.getpid()
        self._stderr = farewell.identity(2)
        self._said: set[tuple[object, ...]] = set()
        self._is_dumping = self._dumps_again = False
        self._endless: set[Place] = set()  # where a call was told that may never end

    def stall(self, stall: Stall) -> None:
        """In the monitor's thread: a call holds the thread. Told once for each place, and counted from then on."""
        place = own_place(stall.places) if stall.places else NOWHERE
        if scheduler.recorder.stalled(place) == 1 and self._is_heard():
            self._words.stall(stall, self._process())

    def endless(self, stall: Stall) -> None:
        """In the monitor's thread: a call waits for so long by now that it may never end. Once for each place."""
        place = own_place(stall.places) if stall.places else NOWHERE
        if place not in self._endless and self._is_heard():
            self._endless.add(place)
            self._words.endless(stall, self._process())

    def once(self, what: str, *facts: object) -> None:
        """In a coroutine: it does something that cannot be as with threads. `module` has a function of that name.

        Once for each that differs in the first fact.
        """
        if (what, facts[0]) not in self._said and self._is_heard():
            self._said.add((what, facts[0]))
            getattr(self._words, what)(*facts, self._process())

    def deadlock(self) -> None:
        """In the hub: nothing can wake anybody."""
        if self._is_heard():
            self._words.deadlock(standings(None), self._process())

    def abort(self) -> None:
        """In the hub: end the process over a deadlock, with its recording and its report."""
        self.deadlock()
        _flush()
        try:
            farewell.farewell.say()
        finally:
            originals.exit_now(_ABORTED)

    @hidden
    def dump(self, number: int, frame: FrameType | None) -> None:
        """The native handler of the signal that asks for all coroutines; the program's handler is called, too.

        Raises nothing of its own: with no room left on the program's stack, by its own depth or by signals that
        interrupt this very function, the signal is to be sent again.
        """
        was_set = None
        try:
            signals.touch()
        except SystemError as failure:
            was_set = failure.__cause__
        except RecursionError:
            pass
        try:
            if scheduler.home and self._is_heard():
                later = self._dump(number, frame)  # noqa: F841 - comes true as we return
        except RecursionError:
            pass
        if number in signals.handlers:  # asked here: there may be no room for another call
            signals.pass_on(number, frame)
        if was_set is not None:
            signals.raise_again(was_set)

    def _dump(self, number: int, frame: FrameType | None) -> Any:
        """Show everybody, and once more for a signal that came meanwhile: handlers in handlers might have no end.

        Returns the `fuse` of what is still to be done.
        """
        self._dumps_again = True
        if self._is_dumping:
            return None
        self._is_dumping = True
        try:
            while self._dumps_again:
                self._dumps_again = False
                self._words.dump(standings(frame), self._process())
                if scheduler.overdue:
                    break  # it is the others' turn first
        finally:
            self._is_dumping = False
        return signals.ask_again(), fuse(number) if self._dumps_again else None

    def _is_heard(self) -> bool:
        return self._words is not None and farewell.identity(2) == self._stderr

    def _process(self) -> int:
        """Which one speaks, where that is not the one that was launched; else 0."""
        pid = os.getpid()
        return 0 if pid == self._pid else pid


def _flush() -> None:
    """Write out what the program has printed, before it is ended at once."""
    for stream in (sys.stdout, sys.stderr):
        if type(stream) is TextIOWrapper:
            try:
                stream.flush()
            except (OSError, ValueError, RuntimeError):
                continue  # nobody reads it any more; closed; or the deadlock is inside of it


def once(what: str, *facts: object) -> None:
    """Tell of something, unless that has been done; of nothing where the launcher named no module."""
    for notices in _current:
        notices.once(what, *facts)


def begin(module: str, stall: float, on_deadlock: str, dump_signal: str, remarks: bool) -> None:
    """Tell of calls that hold the thread for `stall` seconds, if that is not 0, of deadlocks, and on a signal.

    With `remarks` also of what the program does that cannot be as with threads.
    """
    notices = Notices(module)
    _current[:] = [notices] if remarks else []
    limits.stall, limits.tell, limits.tell_endless = stall, notices.stall, notices.endless
    if on_deadlock != "ignore":
        deadlock.begin(notices.abort if on_deadlock == "abort" else notices.deadlock)
    if dump_signal:
        signals.share(getattr(_signal, f"SIG{dump_signal}"), notices.dump)
