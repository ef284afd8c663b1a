"""`threading`: works on top of the patched `_thread`; only what it made before the boot has to be made anew.

`Thread`, `Condition`, `Event`, `Semaphore`, `Barrier` and `Timer` are Python code over locks and stay as they are.
"""

from __future__ import annotations

import _thread

from ocoro.hooks import patch
from ocoro.hooks.thread import ThreadHandle
from ocoro.runtime import originals
from ocoro.runtime.env import NO_THREADS_AT_SHUTDOWN
from ocoro.runtime.frames import guarded
from ocoro.runtime.instance import scheduler
from ocoro.runtime.lock import RLock, make_lock

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from typing import Any


def _shutdown() -> None:
    """Replaces `threading._shutdown`, which the interpreter calls when main has ended."""
    scheduler.main_has_ended = True
    _original_shutdown[0]()


def _maintain_shutdown_locks() -> None:
    """Replaces the function of that name (before Python 3.13), which looks through all threads for every new one.

    Ended threads may stay in the set for a while: whoever uses it finds their locks free. So it is enough to look when
    the set has doubled since the last time.
    """
    locks = _names["_shutdown_locks"]
    if len(locks) >= _look_at[0]:
        locks.difference_update([lock for lock in locks if not lock.locked()])
        _look_at[0] = max(_FEW, 2 * len(locks))


def _telling(name: Any) -> Any:
    """The property `name` of threads, such that what is recorded of one has its new name, too."""
    set_name = name.fset

    def setter(self: Any, name: Any) -> None:
        set_name(self, name)
        if self._ident is not None:
            current = scheduler.current
            others = () if current.ident == self._ident else tuple(scheduler.coroutines)
            for coroutine in (current, *others):
                if coroutine.ident == self._ident:
                    _rename(coroutine, self)

    setter.__name__, setter.__qualname__ = set_name.__name__, set_name.__qualname__
    setter.__module__ = set_name.__module__
    return property(name.fget, guarded(setter), name.fdel, name.__doc__)


def _rename(coroutine: Any, thread: Any) -> None:
    if coroutine is scheduler.main:
        scheduler.recorder.main_name = thread._name
    scheduler.recorder.renamed(coroutine)


_FEW = 100
_look_at = [_FEW]  # the size of the set at which to look through it
_original_shutdown: list[Any] = []
_names: dict[str, Any] = {}  # of the module
REPLACES: dict[str, Any] = {"_maintain_shutdown_locks": _maintain_shutdown_locks}
if NO_THREADS_AT_SHUTDOWN:
    REPLACES["_shutdown"] = _shutdown
_OVER_LOCKS = "Python code over the patched locks"
LEAVES = {
    "Thread": "Python code that starts, joins and waits by way of `_thread`",
    "Condition": _OVER_LOCKS,
    "Event": _OVER_LOCKS,
    "Semaphore": _OVER_LOCKS,
    "BoundedSemaphore": _OVER_LOCKS,
    "Barrier": _OVER_LOCKS,
}

_native_lock = type(originals.allocate_lock())


def before(module: Any) -> None:
    """Keep what `_shutdown` is about to replace, and the module's names."""
    global _names
    _original_shutdown[:] = [module._shutdown]
    _names = vars(module)


def patched(module: Any) -> None:
    """Exchange the native locks that a `threading` loaded before the boot holds."""
    for name, value in list(vars(module).items()):
        if isinstance(value, _native_lock):
            setattr(module, name, make_lock())
        elif isinstance(value, originals.rlock):
            setattr(module, name, RLock())
    patch.exchange(module.Thread, "name", _telling(module.Thread.name))
    main = module._main_thread
    scheduler.recorder.main_name = main._name
    main._started._cond = module.Condition(_thread.allocate_lock())
    if getattr(main, "_tstate_lock", None) is not None and isinstance(main._tstate_lock, _native_lock):
        main._tstate_lock = scheduler.main.sentinel = make_lock()
        main._tstate_lock.acquire()
        module._shutdown_locks.clear()
    elif hasattr(main, "_handle") and not isinstance(main._handle, ThreadHandle):
        main._handle = _thread._make_thread_handle(main.ident)  # type: ignore[attr-defined]
