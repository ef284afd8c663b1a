"""Files of proc(5) that are read again and again, from a thread of ours.

Each stays open under a high number. Opened anew each time, it would now and then take the number that the program's
next file is to have.
"""

from __future__ import annotations

import os

from ocoro.runtime import originals
from ocoro.runtime.poller import SHORTAGE, out_of_the_way

_MOST = 400  # bytes that we look at


class ProcFile:
    """One such file. The program may close it, as it may close all fds that it does not know."""

    __slots__ = ("_fd", "_opens_later", "_path")

    def __init__(self, path: str) -> None:
        self._path = path
        self._open()

    def _open(self) -> None:
        self._opens_later = False
        try:
            self._fd = out_of_the_way(originals.open_fd(self._path, os.O_RDONLY))
        except OSError as problem:
            self._fd = -1
            self._opens_later = problem.errno in SHORTAGE

    def read(self) -> bytes:
        """What it says now; nothing where there is no such file, or no fd for it."""
        if self._opens_later:
            self._open()
        try:
            return originals.pread(self._fd, _MOST, 0)
        except OSError:
            return b""

    def scheduled(self) -> tuple[int, int] | None:
        """Of a thread's schedstat: nanoseconds that it spent on a core, and queued for one; None if none can tell."""
        try:
            on_core, queued, _ = self.read().split()
            return int(on_core), int(queued)
        except ValueError:
            return None

    def close(self) -> None:
        """In the child of a fork, where it speaks of the parent."""
        try:
            originals.close(self._fd)
        except OSError:
            pass  # closed by the program, or never opened
        self._fd = -1
        self._opens_later = False
