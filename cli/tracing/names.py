"""The names that --filter knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocoro.cli.errors import UsageError
from ocoro.cli.tracing.lines import Choice, fits
from ocoro.hooks.observe import OBSERVED

if TYPE_CHECKING:
    from collections.abc import Iterable

WAITS = """
    accept checksum compress connect copy_file_range decompress derive_key do_handshake epoll fdatasync flock fsync
    ftruncate hash interrupt join link listdir lock mkdir offload open pause poll posix_fallocate preempted queue read
    recv recvfrom recvmsg remove rename replace resolve rmdir select semaphore send sendall sendmsg sendto sigwait sleep
    splice sqlite symlink sync system truncate unlink unwrap uvloop waitpid write zmq
"""
CALLS = frozenset([*OBSERVED.values(), *WAITS.split()])
MARKS = frozenset(("spawn", "end", "preempt", "blocked"))  # lines of recorded runs that are no calls


def check(choice: Choice, known: Iterable[str]) -> None:
    """UsageError if --filter has a pattern that fits no known name."""
    names = sorted(known)
    for pattern in choice.patterns() or [choice.filter]:
        if not any(fits(name, pattern) for name in names):
            raise _unknown(pattern, names)


def _unknown(pattern: str, names: list[str]) -> UsageError:
    from difflib import get_close_matches

    if pattern in MARKS:
        cause, hint = "only recorded runs have such lines", f"'ocoro trace --filter={pattern} RUN' shows them"
    else:
        close = get_close_matches(pattern.strip("*?"), names, 1)
        cause = "no name of a call fits that"
        hint = f"did you mean {close[0]}?" if close else "ocoro-trace(1) lists them: accept, recv, sleep, lock, ..."
    return UsageError(f"--filter: there is no call {pattern!r}", cause, hint)
