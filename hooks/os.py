"""`posix`, and by it `os`: reading and writing fds, closing them, waiting for a child.

An fd that the program has not made non-blocking is never made so, as other processes may share it. RWF_NOWAIT asks the
same of one call only, where the kernel knows it for such an fd (pipes, sockets). Else a read waits until poll(2) says
readable, and a write goes out in pieces that fit when poll says writable.

A call that has to go to a real thread is made here while there are no other coroutines: a program without threads gets
none.
"""

from __future__ import annotations

import os
import stat
from fcntl import F_GETFL, fcntl

from ocoro.hooks import files, forks, regular, tasks
from ocoro.hooks.files import others_run, would_wait
from ocoro.hooks.regular import NOWAIT, UNKNOWN, is_regular
from ocoro.runtime import originals
from ocoro.runtime.coroutine import NEVER
from ocoro.runtime.frames import guarded, hidden
from ocoro.runtime.instance import scheduler
from ocoro.runtime.offload import crowd
from ocoro.runtime.poller import READ, WRITE, out_of_the_way

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from typing import Any

    from ocoro.runtime.tally import Tally


LEAVES = {
    **files.LEAVES,
    **regular.LEAVES,
    "getrandom": "waits only until the kernel has gathered entropy, once after it started",
}

_read_tally = scheduler.recorder.tally("read")
_write_tally = scheduler.recorder.tally("write")
_wait_tally = scheduler.recorder.tally("waitpid")
_open_tally = scheduler.recorder.tally("open")
_system_tally = scheduler.recorder.tally("system")
_WAIT_OPTIONS = os.WUNTRACED | os.WCONTINUED
_LINE = 0.005  # seconds; who writes goes on for so long, as long as a thread of python's keeps the interpreter's lock
_PIECE = 4096  # PIPE_BUF: what fits when poll(2) calls a pipe writable


def read(origin: Any, fd: Any, length: Any, /) -> bytes:
    """Replaces `os.read`."""
    scheduler.checkpoint()
    data: bytes = _read_tally.call(_read, fd, length)
    _read_tally.count(len(data))
    return data


def _read(fd: Any, length: Any) -> bytes:
    data: bytes | None = None
    if type(fd) is int and fd >= 0 and length != 0:
        if others_run() and is_regular(fd):
            data = regular.read_now(fd, length)
        else:
            while would_wait(fd, READ) and _is_read_in_turn(fd):
                heir = _wait(_read_tally, fd, READ)
                if heir is not None:
                    rest: bytes = _go_on(heir, _read, length)
                    return rest
    return originals.read(fd, length) if data is None else data


def _wait(tally: Tally, fd: int, direction: int) -> int | None:
    """Wait for `fd`; return a duplicate to go on by if it was closed meanwhile."""
    try:
        scheduler.wait_fd(tally, fd, direction)
    except OSError:
        heir = scheduler.inherit()
        if heir < 0:
            raise
        return heir
    return None


def _go_on(heir: int, call: Any, *args: Any) -> Any:
    try:
        return call(heir, *args)
    finally:
        originals.close(heir)


def _is_read_in_turn(fd: int) -> bool:
    """Whether read(2) waits for data. It refuses at once an fd that is only written to."""
    flags = fcntl(fd, F_GETFL)
    return not flags & os.O_NONBLOCK and flags & os.O_ACCMODE != os.O_WRONLY


def write(origin: Any, fd: Any, data: Any, /) -> int:
    """Replaces `os.write`."""
    scheduler.checkpoint(_LINE)
    size: int = _write_tally.call(_write, fd, data)
    _write_tally.count(size)
    return size


def _write(fd: Any, data: Any) -> int:
    if type(fd) is not int or fd < 0 or scheduler.me() is None or not may_wait(fd):
        return originals.write(fd, data)
    try:
        view = memoryview(data).cast("B")
    except TypeError:
        view = None
    if view is None:
        return originals.write(fd, data)  # refuses it
    return _write_all(fd, view)


def _write_all(fd: int, view: memoryview) -> int:
    """Write to what may wait, as write(2) does: all of it, or what went out before an error."""
    written = 0
    while written < len(view) or not written:
        try:
            size = _write_now(fd, view[written:])
        except OSError:
            if written:
                return written
            raise
        if size is None:
            heir = _wait(_write_tally, fd, WRITE)
            if heir is not None:
                rest: int = _go_on(heir, _write_all, view[written:])
                return written + rest
            continue
        written += size
        if not view:
            break
    return written


def _write_now(fd: int, view: memoryview) -> int | None:
    """Write as much as fits; None if that is nothing."""
    known, size = _now(originals.pwritev, fd, (view,))
    if known:
        return size
    return None if would_wait(fd, WRITE) else originals.write(fd, view[:_PIECE])


def _now(call: Any, fd: int, buffers: Any) -> tuple[bool, int | None]:
    """Whether the kernel can be asked not to wait, and how many bytes: None if it would."""
    if NOWAIT:
        try:
            return True, call(fd, buffers, -1, NOWAIT)
        except BlockingIOError:
            return True, None
        except OSError as error:
            if error.errno not in UNKNOWN:
                raise
    return False, None


def readv(origin: Any, fd: Any, buffers: Any, /) -> int:
    """Replaces `os.readv`."""
    scheduler.checkpoint()
    size: int = _read_tally.call(_readv, fd, buffers)
    _read_tally.count(size)
    return size


def _readv(fd: Any, buffers: Any) -> int:
    if type(fd) is not int or fd < 0 or scheduler.me() is None or not may_wait(fd):
        return regular.readv_now(fd, buffers)
    while True:
        try:
            known, size = _now(originals.preadv, fd, buffers)
        except TypeError:
            known, size = True, originals.readv(fd, buffers)  # refuses it
        if not known and not would_wait(fd, READ):
            size = originals.readv(fd, buffers)
        if size is not None:
            return size
        heir = _wait(_read_tally, fd, READ)
        if heir is not None:
            got: int = _go_on(heir, _readv, buffers)
            return got


def writev(origin: Any, fd: Any, buffers: Any, /) -> int:
    """Replaces `os.writev`."""
    scheduler.checkpoint(_LINE)
    if type(fd) is not int or fd < 0 or scheduler.me() is None or not may_wait(fd):
        return originals.writev(fd, buffers)
    try:
        data = b"".join(buffers)
    except TypeError:
        return originals.writev(fd, buffers)  # refuses it
    return write(origin, fd, data)


def may_wait(fd: int) -> bool:
    """Whether `fd` is a blocking pipe, socket or terminal."""
    mode = originals.fstat(fd).st_mode
    return not stat.S_ISREG(mode) and originals.get_blocking(fd)


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
    scheduler.checkpoint()
    if type(out_fd) is int and out_fd >= 0:
        while would_wait(out_fd, WRITE) and originals.get_blocking(out_fd):
            scheduler.wait_fd(_write_tally, out_fd, WRITE)
        if type(count) is int and scheduler.me() is not None and may_wait(out_fd):
            count = min(count, _PIECE)
    size: int = _write_tally.call(originals.sendfile, out_fd, in_fd, offset, count, *args, **kwargs)
    _write_tally.count(size)
    return size


@hidden
def open(origin: Any, /, path: Any, flags: Any, mode: Any = 0o777, *, dir_fd: Any = None) -> int:
    """Replaces `os.open`: opening a FIFO waits for its other side."""
    scheduler.checkpoint()
    if len(scheduler.coroutines) > 1 and is_fifo(path, dir_fd):
        return _open_fifo(path, flags, mode, dir_fd)
    return originals.open_fd(path, flags, mode, dir_fd=dir_fd)


@guarded
def _open_fifo(path: Any, flags: Any, mode: Any, dir_fd: Any) -> int:
    fd: int = _open_tally.call(crowd.call, _open_tally, originals.open_fd, path, flags, mode, dir_fd=dir_fd)
    return fd


def is_fifo(path: Any, dir_fd: Any = None) -> bool:
    """Whether `path` names a FIFO."""
    try:
        return stat.S_ISFIFO(originals.stat(path, dir_fd=dir_fd).st_mode)
    except (OSError, TypeError, ValueError):
        return False


@hidden
def system(origin: Any, /, command: Any) -> int:
    """Replaces `os.system`."""
    return _system(command) if len(scheduler.coroutines) > 1 else originals.system(command)


@guarded
def _system(command: Any) -> int:
    status: int = crowd.call(_system_tally, originals.system, command)
    return status


@hidden
def waitpid(origin: Any, pid: Any, options: Any, /) -> tuple[int, int]:
    """Replaces `os.waitpid`."""
    scheduler.checkpoint()
    if not _suspends(pid, options) or (pid <= 0 and len(scheduler.coroutines) == 1):
        return originals.waitpid(pid, options)
    return _waitpid(pid, options)


@guarded
def _waitpid(pid: int, options: int) -> tuple[int, int]:
    found: tuple[int, int] = _wait_tally.call(originals.waitpid, pid, options | os.WNOHANG)
    if found == (0, 0) and pid > 0 and not options:
        return _wait_for_child(pid)
    while found == (0, 0):
        _wait_for_any(*_whom(pid), options)
        found = originals.waitpid(pid, options | os.WNOHANG)
    return found


def _suspends(pid: Any, options: Any) -> bool:
    """Whether a wait for `pid` may be one, of a kind that we know."""
    return scheduler.me() is not None and type(pid) is type(options) is int and not options & ~_WAIT_OPTIONS


def _whom(pid: int) -> tuple[int, int]:
    """What waitpid(2) means by `pid`, in the words of waitid(2)."""
    if pid > 0:
        return os.P_PID, pid
    return (os.P_ALL, 0) if pid == -1 else (os.P_PGID, -pid or os.getpgrp())


def _wait_for_any(kind: int, number: int, options: int) -> None:
    """Wait in a real thread until a child has something to tell, and leave it told to who asks next.

    So a thread that is left behind by a signal handler's exception cannot take a child from anybody.
    """
    crowd.call(_wait_tally, originals.waitid, kind, number, options | os.WEXITED | os.WNOWAIT)


@hidden
def wait(origin: Any, /) -> tuple[int, int]:
    """Replaces `os.wait`."""
    return _waitpid(-1, 0) if _suspends(-1, 0) and len(scheduler.coroutines) > 1 else originals.waitpid(-1, 0)


@hidden
def wait3(origin: Any, /, options: Any) -> Any:
    """Replaces `os.wait3`."""
    scheduler.checkpoint()
    if not _suspends(-1, options) or len(scheduler.coroutines) == 1:
        return originals.wait3(options)
    return _wait4(-1, options)


@hidden
def wait4(origin: Any, /, pid: Any, options: Any) -> Any:
    """Replaces `os.wait4`."""
    scheduler.checkpoint()
    if not _suspends(pid, options) or len(scheduler.coroutines) == 1:
        return originals.wait4(pid, options)
    return _wait4(pid, options)


@guarded
def _wait4(pid: int, options: int) -> Any:
    while True:
        found = _wait_tally.call(originals.wait4, pid, options | os.WNOHANG)
        if found[0]:
            return found
        _wait_for_any(*_whom(pid), options)


@hidden
def waitid(origin: Any, idtype: Any, ident: Any, options: Any, /) -> Any:
    """Replaces `os.waitid`."""
    scheduler.checkpoint()
    if not _suspends(0, 0) or type(options) is not int or options & os.WNOHANG or len(scheduler.coroutines) == 1:
        return originals.waitid(idtype, ident, options)
    return _waitid(idtype, ident, options)


@guarded
def _waitid(idtype: Any, ident: Any, options: int) -> Any:
    while True:
        found = _wait_tally.call(originals.waitid, idtype, ident, options | os.WNOHANG)
        if found is not None:
            return found
        crowd.call(_wait_tally, originals.waitid, idtype, ident, options | os.WNOWAIT)


def _wait_for_child(pid: int) -> tuple[int, int]:
    """Wait for one child: by its pidfd where there is one to be had, else in a real thread."""
    try:
        pidfd = out_of_the_way(os.pidfd_open(pid))
    except (AttributeError, OSError):
        result: tuple[int, int] = crowd.call(_wait_tally, originals.waitpid, pid, 0)
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
    **files.REPLACES,
    **forks.REPLACES,
    **regular.REPLACES,
    **tasks.REPLACES,
    "_exit": _exit,
    "execv": execv,
    "execve": execve,
    "read": read,
    "write": write,
    "close": close,
    "closerange": closerange,
    "dup2": dup2,
    "sendfile": sendfile,
    "readv": readv,
    "writev": writev,
    "open": open,
    "system": system,
    "waitpid": waitpid,
    "wait": wait,
    "wait3": wait3,
    "wait4": wait4,
    "waitid": waitid,
}
