"""Begins the recording of a process: which file, and what its header says."""

from __future__ import annotations

import os
import sys

from ocoro.runtime import originals
from ocoro.runtime.answer import answer
from ocoro.runtime.errors import NotPreparedError
from ocoro.runtime.instance import scheduler
from ocoro.runtime.recording import Recording, discard, prepare, sibling


def record(file: str, program: str, events: int, follow: bool = False) -> None:
    """Record this process into `file`, which the launcher has prepared, and forked children into files beside it.

    `program` names what is run; `events` is the size of the flight recorder in bytes. With `follow` the file may be
    another process's: an interpreter that this run's first process started was handed the same name.
    """
    first = originals.getpid()

    def opener() -> Recording | None:
        pid = originals.getpid()
        recording = begun(file, 0) if pid == first else None
        if recording is None and (pid != first or follow):
            beside = sibling(file, pid)
            prepare(beside, events)
            recording = begun(beside, os.getppid())
        return recording

    def begun(path: str, parent: int) -> Recording | None:
        try:
            recording = Recording(path, events)
        except ValueError:  # somebody else's
            return None
        except NotPreparedError:
            raise
        except OSError:
            discard(path)
            raise
        recording.begin(parent, originals.monotonic(), _description(file, program))
        recording.set_waker(scheduler.wake_fd)
        return recording

    scheduler.recorder.record(opener)
    scheduler.when_asked = answer


def _description(file: str, program: str) -> dict[str, str]:
    try:
        directory = os.getcwd()
    except OSError:
        directory = ""
    return {
        "run": os.path.basename(file).removesuffix(".ocoro"),
        "program": program,
        "directory": directory,
        "python": ".".join(map(str, sys.version_info[:3])),
        "scheduler": hex(id(scheduler)),  # for who reads our memory, as `ocoro dump` does
        "command": "\x1f".join(sys.orig_argv),
    }
