"""The C stack of the home thread, which carries every coroutine: made as large as a thread was promised.

It grows by itself, but not beyond the soft limit that the kernel looks at when it has to (RLIMIT_STACK). Raised for
good, that limit would go to every child, where the C library takes it for the size of each thread's stack. So it is
raised for a moment, in which one word at the far end is read: the kernel maps all of what is in between, and gives it
memory page by page when it is used. Where something else is mapped so near that the stack cannot grow as far, or where
another limit is in the way, it stays as it is; a read that fails would end the process.

Loaded only when somebody asks for a large stack.
"""

from __future__ import annotations

import os
import resource
from ctypes import c_char
from mmap import MAP_ANONYMOUS, MAP_PRIVATE, mmap

from ocoro.runtime import originals

_GUARD = 2 << 20  # bytes that stay free below: the kernel wants 1 MB (stack_guard_gap)
_SEES_FAR = 5  # Linux; before that it took a read so far below the stack pointer for an error
_MOST = 1 << 20  # bytes of /proc/self/maps


def provide(size: int) -> bool:
    """Have `size` bytes of stack, besides what the soft limit allows in any case; whether there are."""
    soft, hard = resource.getrlimit(resource.RLIMIT_STACK)
    if soft == resource.RLIM_INFINITY or size <= soft:
        return True
    wanted = size + soft
    below, begin, end = _surroundings()
    if end - begin >= wanted:
        return True
    if not begin or end - wanted - _GUARD < below or int(os.uname().release.split(".")[0]) < _SEES_FAR:
        return False
    try:
        mmap(-1, wanted, flags=MAP_PRIVATE | MAP_ANONYMOUS).close()  # as much may be mapped at all
        resource.setrlimit(resource.RLIMIT_STACK, (wanted, hard))
    except (OSError, ValueError, OverflowError):
        return False
    try:
        c_char.from_address(end - wanted + resource.getpagesize()).value  # noqa: B018 - read
    finally:
        resource.setrlimit(resource.RLIMIT_STACK, (soft, hard))
    return True


def _surroundings() -> tuple[int, int, int]:
    """The end of what is mapped below the stack, and where that begins and ends; zeros if there is no telling."""
    below = 0
    for line in _maps().splitlines():
        begin, end = (int(number, 16) for number in line.split(None, 1)[0].split(b"-"))
        if line.endswith(b"[stack]"):
            return below, begin, end
        below = end
    return 0, 0, 0


def _maps() -> bytes:
    """All of it, in one go as far as the kernel gives that: the stack comes last."""
    try:
        fd = originals.open_fd("/proc/self/maps", os.O_RDONLY)
    except OSError:
        return b""
    try:
        return b"".join(iter(lambda: originals.read(fd, _MOST), b""))
    finally:
        originals.close(fd)
