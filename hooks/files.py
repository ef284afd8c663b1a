"""What of `os` waits for a disk, or moves data between fds without the program's having it. A part of `os`."""

from __future__ import annotations

import os

from ocoro.runtime import originals
from ocoro.runtime.frames import guarded, hidden
from ocoro.runtime.instance import scheduler
from ocoro.runtime.offload import pool
from ocoro.runtime.poller import READ, WRITE

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_PATHS = (
    "rename", "replace", "remove", "unlink", "link", "symlink", "mkdir", "rmdir", "truncate", "ftruncate", "listdir",
)  # fmt: skip

LEAVES = {
    "eventfd_write": "waits only when the counter is about to exceed 64 bits",
}

_read_tally, _splice_tally = scheduler.recorder.tally("read"), scheduler.recorder.tally("splice")
_lock_tally = scheduler.recorder.tally("flock")
_NONBLOCK: int = getattr(os, "SPLICE_F_NONBLOCK", 2)
_PATIENCE = 0.001  # seconds until another try where poll(2) and splice(2) do not agree
_COUNTER = 8  # bytes of an eventfd
_SHORTEST, _LONGEST = 0.0005, 0.02  # seconds between two tries for a lock
_SLOW = 0.001  # seconds from which on a call is worth being handed over, which costs a tenth of that
_PLAIN = (str, bytes, int, bool, type(None))  # in a worker no code of the program's is to run, as by __fspath__
_probe = originals.poll()


def would_wait(fd: int, events: int) -> bool:
    """Whether a read or write of the blocking `fd` would wait just now, in a coroutine."""
    if scheduler.me() is None:
        return False
    _probe.register(fd, events)
    try:
        return not _probe.poll(0)
    finally:
        _probe.unregister(fd)


def others_run() -> bool:
    """Whether there is anybody to be held up by a wait of the caller."""
    return len(scheduler.coroutines) > 1 and scheduler.me() is not None


@guarded
def until_free(attempt: Callable[..., Any], *args: Any) -> Any:
    """Call `attempt`, which does not wait, until the lock of a file is ours.

    The kernel tells nobody when it is free, and a real thread that waits for it cannot be called back when a signal
    handler ends the wait: it would take the lock for nobody. So we try, again and again.
    """
    pause = _SHORTEST
    while True:
        try:
            return attempt(*args)
        except BlockingIOError:
            scheduler.park(_lock_tally, originals.monotonic() + pause)
            pause = min(2 * pause, _LONGEST)


def _offloaded(name: str) -> Any:
    """A replacement for the function `name`, which waits for a disk and takes an fd, or nothing."""
    original: Any = getattr(os, name, None)
    tally = scheduler.recorder.tally(name)

    @guarded
    def in_worker(*args: Any) -> Any:
        return tally.call(pool.call, tally, original, *args)

    @hidden
    def function(origin: Any, /, *args: Any, **kwargs: Any) -> Any:
        if kwargs or not all(type(arg) is int for arg in args) or not others_run():
            return original(*args, **kwargs)
        return in_worker(*args)

    function.__doc__ = f"Replaces `os.{name}`."
    return function


def _offloaded_if_slow(name: str) -> Any:
    """A replacement for the function `name` of a file system: in a worker if the last call took long."""
    original: Any = getattr(os, name)
    tally = scheduler.recorder.tally(name)
    last = [0.0]  # seconds that it took

    @hidden
    def timed(*args: Any, **kwargs: Any) -> Any:
        begin = originals.monotonic()
        try:
            return original(*args, **kwargs)
        finally:
            last[0] = originals.monotonic() - begin

    @guarded
    def in_worker(args: Any, kwargs: Any) -> Any:
        return tally.call(pool.call_whole, tally, timed, *args, **kwargs)

    @hidden
    def function(origin: Any, /, *args: Any, **kwargs: Any) -> Any:
        if not others_run():
            return original(*args, **kwargs)
        scheduler.checkpoint()
        if last[0] < _SLOW or not all(type(arg) in _PLAIN for arg in (*args, *kwargs.values())):
            return timed(*args, **kwargs)
        return in_worker(args, kwargs)

    function.__doc__ = f"Replaces `os.{name}`."
    return function


@hidden
def lockf(origin: Any, fd: Any, command: Any, length: Any, /) -> None:
    """Replaces `os.lockf`."""
    scheduler.checkpoint()
    if command == os.F_LOCK and others_run():
        until_free(originals.lockf, fd, os.F_TLOCK, length)
    else:
        originals.lockf(fd, command, length)


@guarded
def eventfd_read(origin: Any, /, fd: Any) -> int:
    """Replaces `os.eventfd_read`."""
    scheduler.checkpoint()
    if type(fd) is int and fd >= 0:
        while would_wait(fd, READ) and originals.get_blocking(fd):
            scheduler.wait_fd(_read_tally, fd, READ)
    value: int = _read_tally.call(originals.eventfd_read, fd)
    _read_tally.count(_COUNTER)
    return value


@hidden
def splice(
    origin: Any,
    /,
    src: Any,
    dst: Any,
    count: Any,
    offset_src: Any = None,
    offset_dst: Any = None,
    flags: Any = 0,
) -> int:
    """Replaces `os.splice`."""
    scheduler.checkpoint()
    waits = type(src) is type(dst) is type(flags) is int and src >= 0 <= dst and not flags & _NONBLOCK
    if not waits or not others_run() or not (originals.get_blocking(src) and originals.get_blocking(dst)):
        size: int = originals.splice(src, dst, count, offset_src, offset_dst, flags)
        return size
    return _splice(src, dst, count, offset_src, offset_dst, flags | _NONBLOCK)


@guarded
def _splice(src: int, dst: int, *how: Any) -> int:
    while True:
        if would_wait(src, READ):
            scheduler.wait_fd(_splice_tally, src, READ)
        elif would_wait(dst, WRITE):
            scheduler.wait_fd(_splice_tally, dst, WRITE)
        else:
            try:
                size: int = _splice_tally.call(originals.splice, src, dst, *how)
                _splice_tally.count(size)
                return size
            except BlockingIOError:
                scheduler.park(_splice_tally, originals.monotonic() + _PATIENCE)


REPLACES = {
    **{name: _offloaded(name) for name in ("fsync", "fdatasync", "sync", "posix_fallocate", "copy_file_range")},
    **{name: _offloaded_if_slow(name) for name in _PATHS},
    "lockf": lockf,
    "eventfd_read": eventfd_read,
    "splice": splice,
}
