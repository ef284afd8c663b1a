"""`resource`: what the kernel has given to a thread is asked for each coroutine, as far as it is processor time."""

from __future__ import annotations

from ocoro.runtime.instance import scheduler

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from typing import Any

LEAVES: dict[str, str] = {}

_OF_THREAD = 1  # RUSAGE_THREAD
_getrusage: list[Any] = []  # the original


def getrusage(origin: Any, who: Any, /) -> Any:
    """Replaces `resource.getrusage`; faults and switches are those of the thread that carries all coroutines."""
    usage = _getrusage[0](who)
    me = scheduler.me()
    if me is None or who != _OF_THREAD:
        return usage
    from ocoro.runtime import cputime

    return type(usage)((*cputime.split(me, usage.ru_utime, usage.ru_stime), *usage[2:]))


def before(module: Any) -> None:
    """Keep the original."""
    _getrusage[:] = [module.getrusage]


REPLACES = {"getrusage": getrusage}
