"""The report at the end of the run, after the program's own exit functions.

A signal that the program leaves at its default is the kernel's alone: it ends the process at once, whatever code is at
work, and nothing of ours stands in front of it. So there is no report then, and nothing else is lost: a recording is
written as the run goes on.
"""

from __future__ import annotations

import atexit
import os
import sys

from ocoro.hooks import offload
from ocoro.runtime import afterlife, library
from ocoro.runtime.instance import scheduler

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from typing import Any


def identity(fd: int) -> tuple[int, int] | None:
    """What `fd` is open to."""
    try:
        status = os.fstat(fd)
    except OSError:
        return None
    return status.st_dev, status.st_ino


class Farewell:
    """Once per run, in the process that was launched. `reporter` is "module:function", or empty for no report.

    With the mode "none" it is called only when something went wrong with the recording. It is imported here: when the
    program has ended, it may have left nothing to import with.
    """

    def __init__(self, reporter: str, mode: str) -> None:
        module, _, function = reporter.partition(":")
        self._report: Any = getattr(library.load(module), function) if reporter else None
        self._mode = mode
        self._pid = os.getpid()
        self._stderr = identity(2)

    def end(self) -> None:
        """The last exit function."""
        self.say()
        afterlife.keep()

    def say(self) -> None:
        """End the runtime, then report."""
        scheduler.retire()
        recorder = scheduler.recorder
        is_child = os.getpid() != self._pid
        has_to_say = self._report is not None and not is_child and (self._mode != "none" or recorder.failure)
        summary = recorder.summary() if has_to_say else None
        if summary is not None:
            summary.offload_failed = offload.without_effect()
        recorder.close(scheduler.coroutines)
        if summary is None or identity(2) != self._stderr:
            return  # not to be told, or the program closed its stderr and the number stands for something else
        self._pid = 0
        interrupted = getattr(sys, "last_type", None) is KeyboardInterrupt
        self._report(summary, self._mode)
        if interrupted:
            _be_interrupted()


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
    atexit.register(farewell.end)
