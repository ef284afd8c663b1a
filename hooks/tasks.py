"""The part of `posix` that changes what Linux keeps for each thread: processors, priority, scheduling, namespaces.

All coroutines are one thread to the kernel, so what one of them changes holds for all. That is told, once for each
function, unless it is the main coroutine which does it; as a rule it does so for the whole program, before there are
others. A coroutine's native id, which the kernel does not know, stands for that of the thread.
"""

from __future__ import annotations

from ocoro.hooks import notices
from ocoro.runtime import originals, pthreads
from ocoro.runtime.instance import scheduler

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from typing import Any

_CALLER = 0  # as an id
_PROCESS = 0  # PRIO_PROCESS: `who` is an id of a thread


def _asks(name: str) -> Any:
    """A replacement for the function `name`, which takes the id of a thread first."""
    original = getattr(originals, name)

    def function(origin: Any, pid: Any, /, *rest: Any) -> Any:
        return original(_native(pid), *rest)

    return function


def _sets(name: str) -> Any:
    """The same, for one that changes something."""
    original = getattr(originals, name)

    def function(origin: Any, pid: Any, /, *rest: Any) -> Any:
        result = original(_native(pid), *rest)
        _tell(name, pid)
        return result

    return function


def getpriority(origin: Any, /, which: Any, who: Any) -> int:
    """Replaces `os.getpriority`."""
    priority: int = originals.getpriority(which, _native(who) if which == _PROCESS else who)
    return priority


def setpriority(origin: Any, /, which: Any, who: Any, priority: Any) -> None:
    """Replaces `os.setpriority`."""
    if which != _PROCESS:
        originals.setpriority(which, who, priority)
        return
    originals.setpriority(which, _native(who), priority)
    _tell("setpriority", who)


def nice(origin: Any, increment: Any, /) -> int:
    """Replaces `os.nice`."""
    niceness = originals.nice(increment)
    if increment:
        _tell("nice", _CALLER)
    return niceness


def setns(origin: Any, /, *args: Any, **kwargs: Any) -> None:
    """Replaces `os.setns` (from 3.12)."""
    originals.setns(*args, **kwargs)
    _tell("setns", _CALLER)


def unshare(origin: Any, /, *args: Any, **kwargs: Any) -> None:
    """Replaces `os.unshare` (from 3.12)."""
    originals.unshare(*args, **kwargs)
    _tell("unshare", _CALLER)


def _native(pid: Any) -> Any:
    """What the kernel knows."""
    if type(pid) is int and pid > pthreads.BEYOND_ALL_PIDS and pthreads.coroutine_of_native(pid) is not None:
        return scheduler.native_home
    return pid


def _tell(name: str, pid: Any) -> None:
    """Say that the change is everybody's, if it was meant for a coroutine other than the main one."""
    coroutine = scheduler.me() if pid == _CALLER else pthreads.coroutine_of_native(pid)
    if coroutine is not None and coroutine is not scheduler.main:
        notices.once("shared", name, scheduler.recorder.name(coroutine))


_ASKED = ("sched_getaffinity", "sched_getscheduler", "sched_getparam", "sched_rr_get_interval")
_SET = ("sched_setaffinity", "sched_setscheduler", "sched_setparam")
REPLACES = {
    **{name: _asks(name) for name in _ASKED},
    **{name: _sets(name) for name in _SET},
    "getpriority": getpriority,
    "setpriority": setpriority,
    "nice": nice,
    "setns": setns,
    "unshare": unshare,
}
