"""`posix`, and by it `os`: reading and writing fds, closing them, waiting for a child.

An fd that the program has not made non-blocking is never made so, as other processes may share it: a read waits until
poll(2) says readable, and a write to a pipe, socket or terminal goes out in pieces that fit when poll says writable.
"""

from __future__ import annotations

import os
import stat

from ocoro.runtime import originals
from ocoro.runtime.coroutine import NEVER
from ocoro.runtime.instance import scheduler
from ocoro.runtime.offload import pool
from ocoro.runtime.poller import READ, WRITE

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from typing import Any


_HOLDS = "not yet suspended: holds the thread while it waits"
_FILE = "a file system is waited for on the thread"

LEAVES = {
    "system": "holds the thread until the command ends",
    "fsync": _FILE,
    "fdatasync": _FILE,
    "sync": _FILE,
    "pread": _FILE,
    "preadv": _FILE,
    "pwrite": _FILE,
    "pwritev": _FILE,
    "posix_fallocate": _FILE,
    "copy_file_range": _FILE,
    "splice": _HOLDS,
    "lockf": _HOLDS,
    "eventfd_read": _HOLDS,
    "eventfd_write": _HOLDS,
    "wait": _HOLDS,
    "wait3": _HOLDS,
    "wait4": _HOLDS,
    "waitid": _HOLDS,
    "getrandom": "waits only until the kernel has gathered entropy, once after it started",
    "open": "opening a FIFO holds the thread until the other side opens it",
    "readv": "holds the thread where nothing is there to be read",
    "writev": "holds the thread where nothing can be written",
}

_read_tally = scheduler.recorder.tally("read")
_write_tally = scheduler.recorder.tally("write")
_wait_tally = scheduler.recorder.tally("waitpid")
_probe = originals.poll()
_PIECE = 4096  # PIPE_BUF: what fits when poll(2) calls a pipe writable


def _would_wait(fd: int, events: int) -> bool:
    """Whether a read or write of the blocking `fd` would wait just now, in a coroutine."""
    if scheduler.me() is None:
        return False
    _probe.register(fd, events)
    try:
        return not _probe.poll(0)
    finally:
        _probe.unregister(fd)


def read(origin: Any, fd: Any, length: Any, /) -> bytes:
    """Replaces `os.read`."""
    if type(fd) is int and fd >= 0:
        while _would_wait(fd, READ) and os.get_blocking(fd):
            scheduler.wait_fd(_read_tally, fd, READ)
    data: bytes = originals.read(fd, length)
    _read_tally.count(len(data))
    return data


def write(origin: Any, fd: Any, data: Any, /) -> int:
    """Replaces `os.write`."""
    if type(fd) is not int or fd < 0 or scheduler.me() is None or not _may_wait(fd):
        size: int = originals.write(fd, data)
        _write_tally.count(size)
        return size
    try:
        view = memoryview(data).cast("B")
    except TypeError:
        view = None
    if view is None:
        return originals.write(fd, data)  # refuses it
    written = 0
    while written < len(view) or not written:
        while _would_wait(fd, WRITE):
            scheduler.wait_fd(_write_tally, fd, WRITE)
        try:
            written += originals.write(fd, view[written : written + _PIECE])
        except OSError:
            if written:
                return written
            raise
        if not view:
            break
    _write_tally.count(written)
    return written


def _may_wait(fd: int) -> bool:
    """Whether `fd` is a blocking pipe, socket or terminal."""
    mode = os.fstat(fd).st_mode
    return not stat.S_ISREG(mode) and os.get_blocking(fd)


def close(origin: Any, fd: Any, /) -> None:
    """Replaces `os.close`: who waits for the fd is told."""
    if fd in scheduler.fds:
        scheduler.closing(fd)
    originals.close(fd)


def closerange(origin: Any, low: Any, high: Any, /) -> None:
    """Replaces `os.closerange`."""
    for fd in [fd for fd in scheduler.fds if isinstance(low, int) and isinstance(high, int) and low <= fd < high]:
        scheduler.closing(fd)
    originals.closerange(low, high)


def dup2(origin: Any, /, fd: Any, fd2: Any, *args: Any, **kwargs: Any) -> int:
    """Replaces `os.dup2`, which closes `fd2`."""
    if fd2 in scheduler.fds and fd2 != fd:
        scheduler.closing(fd2)
    return originals.dup2(fd, fd2, *args, **kwargs)


def sendfile(origin: Any, /, out_fd: Any, in_fd: Any, offset: Any, count: Any, *args: Any, **kwargs: Any) -> int:
    """Replaces `os.sendfile`."""
    if type(out_fd) is int and out_fd >= 0:
        while _would_wait(out_fd, WRITE) and os.get_blocking(out_fd):
            scheduler.wait_fd(_write_tally, out_fd, WRITE)
        if type(count) is int and scheduler.me() is not None and _may_wait(out_fd):
            count = min(count, _PIECE)
    return originals.sendfile(out_fd, in_fd, offset, count, *args, **kwargs)


def waitpid(origin: Any, pid: Any, options: Any, /) -> tuple[int, int]:
    """Replaces `os.waitpid`."""
    if scheduler.me() is None or type(options) is not int or options & os.WNOHANG:
        return originals.waitpid(pid, options)
    found = originals.waitpid(pid, options | os.WNOHANG)
    if found != (0, 0):
        return found
    if type(pid) is not int or pid <= 0 or options:
        result: tuple[int, int] = pool.call(_wait_tally, originals.waitpid, pid, options)
        return result
    return _wait_for_child(pid)


def _wait_for_child(pid: int) -> tuple[int, int]:
    """Wait for one child: by its pidfd where the kernel has that, else in a real thread."""
    try:
        pidfd = os.pidfd_open(pid)
    except (AttributeError, OSError):
        result: tuple[int, int] = pool.call(_wait_tally, originals.waitpid, pid, 0)
        return result
    try:
        while True:
            found = originals.waitpid(pid, os.WNOHANG)
            if found != (0, 0):
                return found
            scheduler.wait_fd(_wait_tally, pidfd, READ, NEVER)
    finally:
        scheduler.closing(pidfd)
        originals.close(pidfd)


def _exit(origin: Any, /, *args: Any, **kwargs: Any) -> Any:
    """Replaces `os._exit`: the recording ends with the process."""
    scheduler.recorder.finish(scheduler.coroutines)
    originals.exit_now(*args, **kwargs)


def execv(origin: Any, /, *args: Any, **kwargs: Any) -> None:
    """Replaces `os.execv`."""
    _become(originals.execv, *args, **kwargs)


def execve(origin: Any, /, *args: Any, **kwargs: Any) -> None:
    """Replaces `os.execve`."""
    _become(originals.execve, *args, **kwargs)


def _become(execute: Any, *args: Any, **kwargs: Any) -> None:
    """The recording ends when this process becomes another program, and goes on if there is no such program."""
    scheduler.recorder.finish(scheduler.coroutines)
    try:
        execute(*args, **kwargs)
    finally:
        scheduler.recorder.resume()


REPLACES = {
    "_exit": _exit,
    "execv": execv,
    "execve": execve,
    "read": read,
    "write": write,
    "close": close,
    "closerange": closerange,
    "dup2": dup2,
    "sendfile": sendfile,
    "waitpid": waitpid,
}
