"""`faulthandler.dump_traceback_later`: a real thread of ours writes all stacks when the time is over.

It needs the interpreter's lock for that. C code may keep it: so the interpreter's own watchdog, which needs no lock and
sees one thread, is set for a little later, and called off by ours.
"""

from __future__ import annotations

from ocoro.hooks import stacks
from ocoro.runtime import helpers, originals
from ocoro.runtime.instance import scheduler
from ocoro.runtime.lock import make_lock

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_LATER = 1.0  # seconds in which ours has to come by the interpreter's lock
_FAILED = 1  # status of who exits
_LONGEST = 1e9  # seconds of one wait


class Watchdog:
    """One call, of which the interpreter has taken note already: `arm` and `call_off` are its functions."""

    def __init__(
        self, arm: Callable[..., None], call_off: Callable[[], None], seconds: float, repeat: bool, exit: bool
    ) -> None:
        self._arm, self._call_off = arm, call_off
        self._seconds, self._repeat, self._exit = seconds, repeat, exit
        self._due = originals.monotonic() + seconds
        self._fd, self._file = -1, None
        self._ends = originals.allocate_lock()  # free: it is called off
        self._ends.acquire()
        self._is_over = False
        self._writing = make_lock()

    def begin(self, fd: int, file: Any) -> bool:
        """Take over, to write to `fd`, which lives as long as `file`; False where no thread is to be had."""
        self._fd, self._file = fd, file
        try:
            helpers.start(self._run)
        except RuntimeError:
            return False
        self._set_behind()
        return True

    def end(self) -> None:
        """Write no more; who writes just now has done so when this returns."""
        if not self._is_over:
            self._is_over = True
            self._ends.release()
        with self._writing:
            self._file = None

    def _set_behind(self) -> None:
        """Have the interpreter's own write what it can see, if we cannot."""
        left = max(0.0, self._due - originals.monotonic())
        self._arm(left + _LATER, repeat=self._repeat, file=self._fd, exit=self._exit)

    def _run(self) -> None:
        while not self._waits_in_vain():
            with self._writing:
                if self._is_over or not scheduler.home:  # retired: what is left is the interpreter's own
                    return
                self._call_off()
                if originals.monotonic() - self._due < _LATER:  # else the interpreter's own has come before us
                    self._write()
                if not self._repeat:
                    self._is_over = True
                    return
                self._due = originals.monotonic() + self._seconds
                self._set_behind()

    def _write(self) -> None:
        stacks.write(self._fd, header(self._seconds).encode() + stacks.from_outside().everybody())
        if self._exit:
            originals.exit_now(_FAILED)

    def _waits_in_vain(self) -> bool:
        """Wait until it is due; True if it was called off."""
        while (left := self._due - originals.monotonic()) > 0:
            if self._ends.acquire(True, min(left, _LONGEST)):
                return True
        return self._is_over


def header(seconds: float) -> str:
    """What is written above, in CPython's words."""
    microseconds = -int(-seconds * 1e6 // 1)  # rounded up, as it does
    whole, fraction = divmod(microseconds, 1_000_000)
    text = f"Timeout ({whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"
    return text + (f".{fraction:06})!\n" if fraction else ")!\n")
