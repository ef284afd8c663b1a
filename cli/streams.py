"""Standard streams that are closed or full: what a command says then."""

from __future__ import annotations

import errno
import os
import sys
from io import RawIOBase, StringIO, TextIOWrapper
from typing import Any

from ocoro.cli.errors import UsageError

LOSSES = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF))
FAILED = 1  # exit status


class _Closed(RawIOBase):
    """Where a stream was closed before we were started. `error` is what writing to it raises; 0: nothing."""

    def __init__(self, error: int) -> None:
        self._error = error

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        if self._error:
            raise OSError(self._error, os.strerror(self._error))
        return len(data)


def stand_in() -> None:
    """Have something in the place of streams that are closed: who writes the output must learn that it is lost.

    Python leaves None there, to which nobody can write, and `print` takes a missing stderr for stdout.
    """
    if sys.stdin is None:
        sys.stdin = StringIO()
    if sys.stdout is None:
        sys.stdout = TextIOWrapper(_Closed(errno.EBADF), "utf-8", write_through=True)
    if sys.stderr is None:
        sys.stderr = TextIOWrapper(_Closed(0), "utf-8", write_through=True)


def is_to_blame(problem: OSError) -> bool:
    """Whether this is what writing to a full or closed stream raises; all that concerns a file names it."""
    return problem.errno in LOSSES and problem.filename is None


def lost(problem: OSError) -> UsageError:
    """What to say when the output could not be written."""
    return UsageError(
        "cannot write to standard output",
        problem.strerror or str(problem),
        "make room there, or send the output somewhere else",
    )


def give_up() -> None:
    """Forget the output that is left, which nobody can take; the interpreter would try once more at its end."""
    sys.stdout = None
