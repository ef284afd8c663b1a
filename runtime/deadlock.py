"""Deadlock: every coroutine waits, and nothing is left that could wake one.

Looked for once the hub has had nothing to do for a while and no timer runs. What could wake somebody: an fd, a child,
an offloaded call, a handler that the program has for a signal, or a real thread that is not ours. A real thread may end
without a word, so where it is the last hope we look again now and then.
"""

from __future__ import annotations

from ocoro.runtime import originals, signals
from ocoro.runtime.coroutine import NEVER
from ocoro.runtime.instance import scheduler

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from collections.abc import Callable

_AGAIN = 1.0  # seconds
_SIGINT = 2
_told: list[int] = []  # processes that were told of


def begin(tell: Callable[[], None]) -> None:
    """Have `tell` called in the hub, once, when there is a deadlock."""

    def look() -> float:
        if originals.getpid() in _told or _may_be_woken():
            return NEVER
        if has_foreign_threads():
            return _AGAIN
        _told.append(originals.getpid())
        tell()
        return NEVER

    scheduler.when_still = look


def _may_be_woken() -> bool:
    if scheduler.outside or any(waiters.readers or waiters.others for waiters in scheduler.fds.values()):
        return True
    return any(
        number != _SIGINT or handler is not originals.default_int_handler
        for number, handler in signals.handlers.items()
    )


def has_foreign_threads() -> bool:
    """Whether the process has threads besides the home thread, the monitor and the workers."""
    try:
        return len(originals.listdir("/proc/self/task")) > 1 + len(scheduler.helping)
    except OSError:
        return True
