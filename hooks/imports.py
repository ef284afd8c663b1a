"""`_imp`: the import lock, by which importlib guards its table of module locks, belongs to a coroutine.

The C lock belongs to the operating-system thread, so a coroutine that is preempted while it holds it would not keep the
others out. `os.fork` waits for this lock, as it waits for that one. Hidden, all of it: importlib's frames are traced.
"""

from __future__ import annotations

import os

from ocoro.runtime.frames import hidden
from ocoro.runtime.lock import RLock

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from typing import Any


LEAVES: dict[str, str] = {}
lock = RLock()


@hidden
def acquire_lock(origin: Any, /) -> None:
    """Replaces `_imp.acquire_lock`."""
    lock.acquire()


@hidden
def release_lock(origin: Any, /) -> None:
    """Replaces `_imp.release_lock`."""
    try:
        lock.release()
        return
    except RuntimeError:
        pass
    raise RuntimeError("not holding the import lock")


@hidden
def lock_held(origin: Any, /) -> bool:
    """Replaces `_imp.lock_held`: whether anybody holds it."""
    held: bool = lock._held
    return held


def _in_child() -> None:
    """The forking coroutine may hold it; nobody else does, and nobody waits."""
    count = lock._recursion_count()
    lock._at_fork_reinit()
    for _ in range(count):
        lock.acquire()


def patched(module: Any) -> None:
    """Have the child of a fork find it free."""
    os.register_at_fork(after_in_child=_in_child)


REPLACES = {"acquire_lock": acquire_lock, "release_lock": release_lock, "lock_held": lock_held}
