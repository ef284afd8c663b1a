"""`_thread`: what happens to threads, locks, locals and identities.

A started thread becomes a coroutine; locks, `RLock` and `_local` become the runtime's, which are per coroutine. The C
types behind them cannot be changed (`lock`, `RLock`, `_local` and, from Python 3.13, `_ThreadHandle` keep their state
where only C sees it), so these names are replaced by classes of the same name; everything else stays the same object.
"""

from __future__ import annotations

import builtins
import sys
from types import FunctionType, MethodType, TracebackType

from ocoro.hooks import notices, real
from ocoro.runtime import masks, originals, pthreads
from ocoro.runtime.acceleration import fast
from ocoro.runtime.coroutine import Coroutine
from ocoro.runtime.env import UNRAISABLE_NAMES_THREAD_IN_TEXT
from ocoro.runtime.errors import Cancelled
from ocoro.runtime.frames import hidden, theirs, without_ours
from ocoro.runtime.instance import is_accelerated, scheduler
from ocoro.runtime.local import Local
from ocoro.runtime.lock import NOBODY, Lock, RLock, make_lock
from ocoro.runtime.pthreads import BEYOND_ALL_PIDS

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from typing import Any, NoReturn


_native_ident = originals.get_ident
_new = object.__new__
_END_ERROR = getattr(builtins, "PythonFinalizationError", RuntimeError)  # has a name of its own from 3.13 on
_USUAL_STACK = 1 << 20  # bytes; less is there in any case
_attribute = object.__getattribute__

LEAVES = {
    "interrupt_main": "raises a signal, whose handler the runtime takes to the main coroutine",
    "exit": "raises SystemExit, which ends a coroutine as it ends a thread",
    "daemon_threads_allowed": "a constant",
}


def start_new_thread(origin: Any, function: Any, args: Any, kwargs: Any = None, /) -> int:
    """Replaces `_thread.start_new_thread`."""
    if not callable(function):
        raise TypeError("first arg must be callable")
    if not isinstance(args, tuple):
        raise TypeError("2nd arg must be a tuple")
    if kwargs is not None and not isinstance(kwargs, dict):
        raise TypeError("optional 3rd arg must be a dictionary")
    if real.is_for_library(function, sys._getframe(1)):
        _refuse_at_the_end()
        return real.start(function, args, kwargs)
    sys.audit("_thread.start_new_thread", function, args, kwargs)
    _refuse_at_the_end()
    if not scheduler.home:  # the very end, where no coroutine runs any more
        ident: int = originals.start_new_thread(function, args, kwargs or {})
        return ident
    return scheduler.spawn(function, args, kwargs, masks.inherit).ident


def _refuse_at_the_end() -> None:
    if scheduler.main_has_ended:
        raise _END_ERROR("can't create new thread at interpreter shutdown")


def name_of(function: Any) -> str:
    """What a recording calls the coroutine that runs `function`: its thread's name, else the function's."""
    if type(function) is MethodType:
        threading = sys.modules.get("threading")
        if threading is not None and issubclass(type(function.__self__), threading.Thread):
            try:
                return str(_attribute(function.__self__, "_name"))  # not by its dict, which would have to be made
            except AttributeError:  # `__init__` was not called
                return ""
    return function.__qualname__ if isinstance(function, FunctionType) else type(function).__name__


scheduler.recorder.name_of = name_of


@hidden
def allocate_lock(origin: Any, /) -> Lock:
    """Replaces `_thread.allocate_lock`."""
    lock: Lock = _new(Lock)
    lock._held = False
    lock._waiters = NOBODY
    return lock


@hidden
def get_native_id(origin: Any, /) -> int:
    """Replaces `_thread.get_native_id`: unique, as programs expect; of no kernel thread, except in the main thread."""
    native: int = originals.get_native_id()
    if native != scheduler.native_home or scheduler.current is scheduler.main:
        return native
    return BEYOND_ALL_PIDS + scheduler.current.number


@hidden
def get_ident(origin: Any, /) -> int:
    """Replaces `_thread.get_ident`."""
    ident = _native_ident()
    if ident == scheduler.home:
        return scheduler.current.ident
    return scheduler.deputies[ident][0].ident if ident in scheduler.deputies else ident


def stack_size(origin: Any, size: Any = 0, /) -> int:
    """Replaces `_thread.stack_size`: all coroutines have one stack, which is made as large as is asked for."""
    before: int = originals.stack_size(size)
    if size > _USUAL_STACK:
        from ocoro.runtime.stack import provide

        if not provide(size):
            originals.stack_size(before)
            notices.once("no_stack", size)
            raise ValueError(f"size not valid: {size} bytes")
    return before


def _set_sentinel(origin: Any, /) -> Any:
    """Replaces `_thread._set_sentinel` (before 3.13): a lock that is released when the calling thread has ended."""
    sentinel = make_lock(_Sentinel)
    if scheduler.at_home():
        scheduler.current.sentinel = sentinel
    elif not real.tells(sentinel):
        return originals.set_sentinel()
    return sentinel


class _Sentinel(Lock):
    """Held while a thread runs.

    `Thread.join` takes an exception in its wait for one just after it, where the lock is held by itself, and has the
    thread for ended then. A cancellation never comes there.
    """

    __slots__ = ()

    @hidden
    def locked(self) -> bool:
        """Whether the thread runs; to a `join` that is cancelled this says no."""
        return self._held and not isinstance(sys.exception(), Cancelled)


def _count(origin: Any, /) -> int:
    """Replaces `_thread._count`: the threads that were started and have not ended."""
    others = set(scheduler.coroutines) - {scheduler.main}
    return sum(1 for coroutine in others if coroutine.greenlet is not None)


class ThreadHandle:
    """Replaces `_thread._ThreadHandle` (from 3.13): one started thread, to be joined by any number of others."""

    __slots__ = ("__weakref__", "_exiting", "_forks", "_running", "_started", "ident")

    def __init__(self) -> None:
        self.ident = 0
        self._forks = 0
        self._started = False
        self._exiting = False
        self._running = make_lock()  # held from start to end

    def join(self, timeout: float | None = None, /) -> None:
        """Wait until the thread has ended, at most `timeout` seconds when that is not negative."""
        if not self._started:
            raise RuntimeError("thread not started")
        if not self._exiting and self.ident == scheduler.get_ident():
            raise RuntimeError("Cannot join current thread")
        if self._is_lost():
            return
        if timeout is None or timeout < 0:
            self._running.acquire()
        elif not self._running.acquire(timeout=timeout):
            return
        self._running.release()

    def is_done(self) -> bool:
        """Whether the thread has ended."""
        return self._started and (not self._running.locked() or self._is_lost())

    def _is_lost(self) -> bool:
        """Whether a fork has left the thread behind: in this process it has ended."""
        return self._forks != scheduler.forks and self.ident != scheduler.main.ident

    def _set_done(self) -> None:
        if not self._started:
            raise RuntimeError("thread not started")
        self._exiting = True
        _shutdown_handles.pop(self, None)
        if self._running.locked():
            self._running.release()

    def begin(self, ident: int) -> None:
        """Take note that the thread runs."""
        self._running.acquire()
        self.ident = ident
        self._forks = scheduler.forks
        self._started = True

    def __reduce__(self) -> NoReturn:
        raise TypeError("cannot pickle '_thread._ThreadHandle' object")

    def __repr__(self) -> str:
        return f"<_ThreadHandle object: ident={self.ident}>"


ThreadHandle.__module__, ThreadHandle.__name__, ThreadHandle.__qualname__ = "_thread", "_ThreadHandle", "_ThreadHandle"
_shutdown_handles: dict[ThreadHandle, None] = {}  # of threads that the interpreter waits for before it ends


def start_joinable_thread(origin: Any, /, function: Any, handle: Any = None, daemon: bool = True) -> ThreadHandle:
    """Replaces `_thread.start_joinable_thread` (from 3.13)."""
    if not callable(function):
        raise TypeError("thread function must be callable")
    if handle is None:
        handle = ThreadHandle()
    if not isinstance(handle, ThreadHandle):
        raise TypeError("'handle' must be a _ThreadHandle")
    if handle._started:
        raise RuntimeError("thread already started")
    sys.audit("_thread.start_joinable_thread", function, daemon, handle)
    _refuse_at_the_end()
    if real.is_for_library(function, None):
        handle.begin(0)
        if not daemon:
            _shutdown_handles[handle] = None
        try:
            real.start_joinable(function, handle)
        except BaseException:
            handle._set_done()
            handle._started = handle._exiting = False
            raise
        return handle

    def prepare(coroutine: Coroutine) -> None:
        masks.inherit(coroutine)
        coroutine.handle = handle
        handle.begin(coroutine.ident)
        if not daemon:
            _shutdown_handles[handle] = None

    scheduler.spawn(function, prepare=prepare)
    return handle


def _make_thread_handle(origin: Any, ident: int, /) -> ThreadHandle:
    """Replaces `_thread._make_thread_handle`: a handle for a thread that runs already."""
    handle = ThreadHandle()
    handle.begin(ident)
    return handle


def _get_main_thread_ident(origin: Any, /) -> int:
    """Replaces `_thread._get_main_thread_ident`: in the child of a fork the forking thread's."""
    return scheduler.main.ident


def _shutdown(origin: Any, /) -> None:
    """Replaces `_thread._shutdown`: wait for all threads that are no daemons."""
    while True:
        me = scheduler.get_ident()
        handle = next((handle for handle in list(_shutdown_handles) if handle.ident != me), None)
        if handle is None:
            return
        try:
            handle.join()
        except BaseException as error:  # such as Ctrl-C: say so, and do not wait any longer
            caller = theirs(sys._getframe())
            if caller is not None:
                error.__traceback__ = TracebackType(None, caller, caller.f_lasti, caller.f_lineno)
            unraisable(error, None, None)
            return


def unraisable(error: BaseException, message: str | None, culprit: Any) -> None:
    """Tell of an error that nobody can catch."""
    sys.unraisablehook(_unraisable_args()((type(error), error, error.__traceback__, message, culprit)))


def _unraisable_args() -> Any:
    """The type of what `sys.unraisablehook` is called with; `sys` does not have it by name."""
    if not _args_type:
        hook, sys.unraisablehook = sys.unraisablehook, lambda args: _args_type.append(type(args))
        try:
            _Unraisable()
        finally:
            sys.unraisablehook = hook
    return _args_type[0]


class _Unraisable:
    def __del__(self) -> None:
        raise RuntimeError


_args_type: list[Any] = []


def _ended(coroutine: Coroutine, error: BaseException | None) -> None:
    """A thread has ended: report what it left with, as the interpreter does, and let the joiners go on."""
    masks.forget(coroutine)
    pthreads.ended.append(coroutine.ident)
    try:
        if error is not None and not isinstance(error, SystemExit):
            _report(coroutine.function, error)
    finally:
        _release(coroutine)


def _report(function: Any, error: BaseException) -> None:
    error.__traceback__ = without_ours(error.__traceback__)
    if UNRAISABLE_NAMES_THREAD_IN_TEXT:
        unraisable(error, f"Exception ignored in thread started by {function!r}", None)
    else:
        unraisable(error, "Exception ignored in thread started by", function)


def _release(coroutine: Coroutine) -> None:
    if coroutine.sentinel is not None:
        real.release(coroutine.sentinel)
    if coroutine.handle is not None:
        coroutine.handle._set_done()


def _forget_others() -> None:
    """In the child of a fork the other threads are gone: nobody shall wait for them."""
    for handle in list(_shutdown_handles):
        if handle.ident != scheduler.current.ident:
            del _shutdown_handles[handle]


def patched(module: Any) -> None:
    """Be told of every end."""
    import os

    scheduler.on_end = _ended
    os.register_at_fork(after_in_child=_forget_others)


REPLACES = {
    "start_new": start_new_thread,
    "start_new_thread": start_new_thread,
    "start_joinable_thread": start_joinable_thread,
    "allocate": allocate_lock,
    "allocate_lock": allocate_lock,
    "lock": Lock,
    "LockType": Lock,
    "RLock": RLock,
    "_local": Local,
    "get_ident": get_ident,
    "get_native_id": get_native_id,
    "stack_size": stack_size,
    "_set_sentinel": _set_sentinel,
    "_count": _count,
    "_ThreadHandle": ThreadHandle,
    "_make_thread_handle": _make_thread_handle,
    "_get_main_thread_ident": _get_main_thread_ident,
    "_shutdown": _shutdown,
}
IN_C: dict[str, Any] = {}
if is_accelerated:
    IN_C = fast.thread_functions(originals.allocate_lock, originals.get_ident, scheduler.get_ident)
