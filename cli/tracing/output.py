"""Where a live trace goes: an fd of our own, which never gets in the program's way.

It has a high number, so that the program's first file has the number that it has without us. The program may close it,
as those do that close all fds; so each time we look whether it still is ours. When nothing can be written any more, the
program goes on without being traced.
"""

from __future__ import annotations

import os
from errno import EPIPE
from fcntl import F_DUPFD_CLOEXEC, fcntl

from ocoro.cli.visible import visible
from ocoro.runtime import originals

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from typing import Any

STDERR = 2
NUMBERS = (900, 200, 50, 10, 3)  # the first that the limit of open files allows
WRITABLE = 4  # POLLOUT
UNOPENED = -1


class Output:
    """A file, which is appended to, or standard error as it is now."""

    def __init__(self, path: str) -> None:
        self.whole_lines = "OCORO_BOOT" in os.environ  # child interpreters trace to the same place
        self._path = path
        self._rest = ""  # a line that is not complete
        self._fd = _opened(path)
        self._identity = _identity(self._fd)

    def write(self, text: str) -> None:
        """Write it, with `whole_lines` only complete ones, the rest with what follows."""
        if self.whole_lines:
            complete, newline, rest = (self._rest + text).rpartition("\n")
            text, self._rest = complete + newline, rest
        if not text or self._fd == UNOPENED:
            return
        if _identity(self._fd) != self._identity:
            self._fd = UNOPENED
            return
        try:
            self._write(text.encode("utf-8", "backslashreplace"))
        except OSError as problem:
            self._give_up(problem)

    def _write(self, data: bytes) -> None:
        while data:
            try:
                data = data[originals.write(self._fd, data) :]
            except BlockingIOError:  # the program has made what is behind its standard error non-blocking
                poll: Any = originals.poll()
                poll.register(self._fd, WRITABLE)
                poll.poll()

    def _give_up(self, problem: OSError) -> None:
        """Say so, unless it is standard error itself that takes nothing, or a reader that has read enough."""
        originals.close(self._fd)
        self._fd = UNOPENED
        if self._path and problem.errno != EPIPE:
            try:
                originals.write(
                    STDERR, f"warning: the trace ends: {visible(self._path)}: {problem.strerror}\n".encode()
                )
            except OSError:
                pass


def _opened(path: str) -> int:
    """An fd with a high number; UNOPENED where there is nothing to write to."""
    try:
        low = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666) if path else STDERR
    except OSError:  # the launcher has opened it already, so it has just become impossible
        return UNOPENED
    high = next(filter(lambda fd: fd != UNOPENED, (_duplicate(low, number) for number in NUMBERS)), UNOPENED)
    if path and high != UNOPENED:
        originals.close(low)
    return low if path and high == UNOPENED else high


def _duplicate(fd: int, number: int) -> int:
    try:
        return fcntl(fd, F_DUPFD_CLOEXEC, number)
    except OSError:
        return UNOPENED


def _identity(fd: int) -> tuple[int, int] | None:
    """What `fd` is open to."""
    try:
        status = os.fstat(fd)
    except OSError:
        return None
    return status.st_dev, status.st_ino
