"""Threads that a library starts for itself, and that wait in its C code or serve a loop there: they stay real threads.

As coroutines they would never have a turn while that loop waits, or would hold up all others while they wait. Like
other foreign threads they pass every hook unchanged, and share locks with coroutines. Only their end is ours to tell,
as who joins them may be a coroutine.
"""

from __future__ import annotations

import sys
from types import MethodType

from ocoro.hooks.table import REAL_THREADS
from ocoro.runtime import originals
from ocoro.runtime.frames import hidden

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Any

_told: dict[int, list[Any]] = {}  # such a thread of `threading` -> the lock that says it runs, once it has asked for it


def is_for_library(function: Any, caller: FrameType | None) -> bool:
    """Whether a thread that runs `function`, and that code in `caller` starts, belongs to a library of the table."""
    if sys.modules.keys().isdisjoint(REAL_THREADS):
        return False
    owner = function.__self__ if type(function) is MethodType else function
    if _is_thread(owner) and _is_listed(vars(owner).get("_target")):
        return True
    return _is_listed(owner) or (caller is not None and caller.f_globals.get("__name__") in REAL_THREADS)


def _is_listed(owner: Any) -> bool:
    """By its class, or what that is made from; by where it stands if it is a function."""
    if type(owner) is MethodType:
        owner = owner.__self__
    modules = [getattr(owner, "__module__", None), *(each.__module__ for each in type(owner).__mro__)]
    return any(type(module) is str and module in REAL_THREADS for module in modules)


def start(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any] | None) -> int:
    """Start a thread by the low-level function; its identity."""
    if type(function) is MethodType and not args and not kwargs and _is_thread(function.__self__):
        return originals.start_new_thread(_running(function), ())
    return originals.start_new_thread(function, args, kwargs or {})


def _is_thread(value: Any) -> bool:
    threading = sys.modules.get("threading")
    return threading is not None and issubclass(type(value), threading.Thread)


def _running(function: Callable[[], object]) -> Callable[[], None]:
    """Runs what a `Thread` runs, and releases its lock at the end (before 3.13)."""

    @hidden
    def run() -> None:
        me = originals.get_ident()
        held = _told[me] = []
        try:
            function()
        finally:
            del _told[me]
            for lock in held:
                release(lock)

    return run


def start_joinable(function: Callable[[], object], handle: Any) -> None:
    """Start a thread that `handle` stands for (from 3.13), which has begun already."""

    @hidden
    def run() -> None:
        handle.ident = originals.get_ident()
        try:
            function()
        finally:
            handle._set_done()

    handle.ident = originals.start_new_thread(run, ())


def tells(lock: Any) -> bool:
    """Have `lock` released when the calling thread ends; False if that is none of these."""
    held = _told.get(originals.get_ident())
    if held is None:
        return False
    held.append(lock)
    return True


def release(lock: Any) -> None:
    """Let those go on who join the thread that has held `lock` since it began."""
    threading = sys.modules.get("threading")
    if threading is not None:  # which would only find out by looking through all of them
        threading._shutdown_locks.discard(lock)
    if lock.locked():
        lock.release()
