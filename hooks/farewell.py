"""The report at the end of the run, after the program's own exit functions; also when a signal ends it.

SIGTERM and SIGHUP end a program before any code can run. So where the program leaves them at their default, a handler
of ours reports, and then lets the default have its way; the program sees the default (see `hooks.signal`).
"""

from __future__ import annotations

import atexit
import os
from importlib import import_module

from ocoro.runtime import originals
from ocoro.runtime.instance import scheduler
from ocoro.runtime.signals import SIG_DFL

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any

DEADLY = (1, 15)  # SIGHUP, SIGTERM


class _Farewell:
    """Once per run, and only in the process that was launched."""

    def __init__(self, reporter: str, mode: str) -> None:
        self._reporter, self._mode = reporter, mode
        self._pid = os.getpid()

    def say(self) -> None:
        if os.getpid() != self._pid:
            return
        self._pid = 0
        module, _, function = self._reporter.partition(":")
        summary = scheduler.recorder.summary()
        getattr(import_module(module), function)(summary, self._mode)

    def die(self, number: int, frame: FrameType | None) -> None:
        try:
            self.say()
        finally:
            originals.set_signal(number, SIG_DFL)
            os.kill(os.getpid(), number)


_farewell: Any = None


def begin(reporter: str, mode: str) -> None:
    """Report by calling `reporter` ("module:function") with the summary and `mode`; registered first, called last."""
    global _farewell
    _farewell = _Farewell(reporter, mode)
    atexit.register(_farewell.say)
    for number in DEADLY:
        leave_to_default(number)


def leave_to_default(number: int) -> bool:
    """Report when signal `number` ends the program, if it is one that would; True if the default was replaced."""
    if _farewell is None or number not in DEADLY or originals.getsignal(number) != SIG_DFL:
        return False
    originals.set_signal(number, _farewell.die)
    return True


def stands_in(number: int) -> bool:
    """Whether the native handler of signal `number` is ours and stands for the default."""
    return _farewell is not None and originals.getsignal(number) == _farewell.die
