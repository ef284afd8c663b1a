"""Reading regular files: on the thread what the page cache has, in a worker what a disk is waited for. A part of `os`.

RWF_NOWAIT tells the two apart. File systems on another machine mostly do not know it: they are always read in a worker,
as long as there is anybody else to run, and so are file objects on them (see `io`).
"""

from __future__ import annotations

import os
import stat
from errno import EINVAL, ENOSYS, EOPNOTSUPP, ESPIPE

from ocoro.hooks.files import others_run
from ocoro.runtime import originals
from ocoro.runtime.instance import scheduler
from ocoro.runtime.offload import pool, size_of

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_CACHE = "goes to the page cache, and waits for a disk only when that is full"

LEAVES = {
    "pwrite": _CACHE,
    "pwritev": _CACHE,
}

_read_tally = scheduler.recorder.tally("read")
_NOBODY_KNOWS = -1
_MOUNTS = "/proc/self/mountinfo"  # see proc(5)
_REMOTE = {"nfs", "nfs4", "cifs", "smb3", "ceph", "afs", "9p", "lustre", "glusterfs", "virtiofs"}
_devices: dict[int, bool] = {}  # of those seen so far, whether they are on another machine

NOWAIT: int = getattr(os, "RWF_NOWAIT", 0)
UNKNOWN = (EINVAL, ESPIPE, ENOSYS, EOPNOTSUPP)  # the kernel does not know RWF_NOWAIT, or not for this fd


def is_regular(fd: int) -> bool:
    """Whether `fd` is an open regular file."""
    return stat.S_ISREG(originals.fstat(fd).st_mode)


def is_remote(fd: int) -> bool:
    """Whether a file is on another machine, or in the hands of a process (FUSE)."""
    device = originals.fstat(fd).st_dev
    if device not in _devices:
        _devices[device] = False
        _devices.update(_mounted())
    return _devices[device]


def _mounted() -> Iterator[tuple[int, bool]]:
    try:
        with originals.open_file(_MOUNTS, encoding="utf-8", errors="surrogateescape") as file:
            lines = file.readlines()
    except OSError:
        return
    for line in lines:
        major, _, minor = line.split()[2].partition(":")
        kind = line.rpartition(" - ")[2].split()[0]
        yield os.makedev(int(major), int(minor)), kind in _REMOTE or kind.startswith("fuse")


def read_now(fd: int, length: Any) -> bytes | None:
    """`os.read` of a regular file; None where it is left to that, as it does not wait or must refuse."""
    if type(length) is not int or length < 0:
        return None
    buffer = bytearray(length)
    size = _cached(fd, [buffer], -1)
    if size is None:
        data: bytes = pool.call_whole(_read_tally, originals.read, fd, length)
        return data
    return None if size == _NOBODY_KNOWS else bytes(memoryview(buffer)[:size])


def readv_now(fd: Any, buffers: Any) -> int:
    """`os.readv` of a regular file, or of what it refuses."""
    size = None
    if type(fd) is int and type(buffers) in (list, tuple) and others_run() and is_regular(fd):
        size = _cached(fd, buffers, -1)
        if size is None:
            size = pool.call_whole(_read_tally, originals.readv, fd, buffers)
    if size in (None, _NOBODY_KNOWS):
        size = originals.readv(fd, buffers)
    return size


def pread(origin: Any, fd: Any, length: Any, offset: Any, /) -> bytes:
    """Replaces `os.pread`."""
    scheduler.checkpoint()
    data: bytes = _read_tally.call(_pread, fd, length, offset)
    _read_tally.count(len(data))
    return data


def _pread(fd: Any, length: Any, offset: Any) -> bytes:
    data: bytes | None = None
    if type(fd) is type(length) is type(offset) is int and length > 0 <= offset and others_run() and is_regular(fd):
        buffer = bytearray(length)
        size = _cached(fd, [buffer], offset)
        if size is None:
            data = pool.call_whole(_read_tally, originals.pread, fd, length, offset)
        elif size != _NOBODY_KNOWS:
            data = bytes(memoryview(buffer)[:size])
    if data is None:
        data = originals.pread(fd, length, offset)
    return data


def preadv(origin: Any, fd: Any, buffers: Any, offset: Any, flags: Any = 0, /) -> int:
    """Replaces `os.preadv`."""
    scheduler.checkpoint()
    size: int = _read_tally.call(_preadv, fd, buffers, offset, flags)
    _read_tally.count(size)
    return size


def _preadv(fd: Any, buffers: Any, offset: Any, flags: Any) -> int:
    size = None
    known = type(fd) is type(offset) is int and type(buffers) in (list, tuple) and flags == 0
    if known and offset >= 0 and others_run() and is_regular(fd):
        size = _cached(fd, buffers, offset)
        if size is None:
            size = pool.call_whole(_read_tally, originals.preadv, fd, buffers, offset)
    if size in (None, _NOBODY_KNOWS):
        size = originals.preadv(fd, buffers, offset, flags)
    return size


def _cached(fd: int, buffers: Any, offset: int) -> int | None:
    """Read from the page cache, at the file's own position for the offset -1.

    The number of bytes, which is less than asked for only at the end of the file; None, and nothing read, where a disk
    would be waited for; `_NOBODY_KNOWS` where a file system of this machine cannot tell.
    """
    try:
        size = originals.preadv(fd, buffers, offset, NOWAIT)
        if size < sum(map(size_of, buffers)) and not _is_at_end(fd, offset, size):
            if offset < 0:
                originals.lseek(fd, -size, os.SEEK_CUR)
            return None
    except BlockingIOError:
        return None
    except OSError as error:
        if error.errno not in UNKNOWN:
            raise
        return None if is_remote(fd) else _NOBODY_KNOWS
    return size


def _is_at_end(fd: int, offset: int, size: int) -> bool:
    """Whether nothing follows the `size` bytes that were read."""
    end = originals.lseek(fd, 0, os.SEEK_CUR) if offset < 0 else offset + size
    return end >= originals.fstat(fd).st_size


REPLACES = {"pread": pread, "preadv": preadv}
