"""Which coroutine, or which real thread of the process, an identity names.

An identity of `threading` is a pthread_t under python, and there the C library takes it for an address unseen: of one
that is no live thread it hangs with all signals blocked, or crashes. So what goes there is looked at before. A thread's
own memory (glibc: struct pthread; musl: struct __pthread) holds the number by which the kernel knows it and an
address of its own; where in it they stand is seen in that of the home thread.
"""

from __future__ import annotations

import os
import sys
from _collections import deque

from ocoro.runtime import originals
from ocoro.runtime.instance import scheduler

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from ocoro.runtime.coroutine import Coroutine

ALL_BITS = 2 * sys.maxsize + 1  # of the C library's pthread_t, an unsigned long
BEYOND_ALL_PIDS = 1 << 22  # proc(5), kernel.pid_max
_LOOKED_AT = 1024  # bytes of a thread's memory
_WORD, _TID = 8 if sys.maxsize > 1 << 32 else 4, 4  # bytes
_REMEMBERED = 1024

ended: deque[int] = deque(maxlen=_REMEMBERED)  # identities of the latest coroutines to end


def coroutine_of(ident: int) -> Coroutine | None:
    """The live coroutine with that identity, or None."""
    return next((each for each in list(scheduler.coroutines) if each.ident == ident), None)


def coroutine_of_native(native: int) -> Coroutine | None:
    """The live coroutine with that native id, or None."""
    return next((each for each in list(scheduler.coroutines) if native_id(each) == native), None)


def native_id(coroutine: Coroutine) -> int:
    """What `threading.get_native_id` says in it: unique, and of no kernel thread but for the main coroutine."""
    return scheduler.native_home if coroutine is scheduler.main else BEYOND_ALL_PIDS + coroutine.number


def carrier(ident: int) -> int:
    """What the C library may be told for `ident`: a coroutine's carrier, or a real thread's own identity; else 0."""
    if coroutine_of(ident) is not None:
        return scheduler.home or originals.get_ident()
    return ident if is_thread(ident) else 0


def is_thread(ident: int) -> bool:
    """Whether `ident` is that of a live real thread of this process."""
    me = originals.get_ident()
    if ident in scheduler.helpers or ident == me:
        return True
    known, asked = _memory(me), _memory(ident)
    native = originals.get_native_id()
    where = next((at for at in range(0, len(known), _TID) if _number(known, at, _TID) == native), None)
    if where is None or _own_addresses(known, me).isdisjoint(_own_addresses(asked, ident)):
        return False
    try:
        originals.stat(f"/proc/self/task/{_number(asked, where, _TID)}")
    except OSError:
        return False
    return True


def _own_addresses(memory: bytes, begin: int) -> set[tuple[int, int]]:
    """Where addresses within this memory itself stand, and of what: counted from its `begin`."""
    words = ((at, _number(memory, at, _WORD) - begin) for at in range(0, len(memory), _WORD))
    return {(at, offset) for at, offset in words if 0 <= offset < _LOOKED_AT}


def _memory(address: int) -> bytes:
    """What stands there; nothing where that is no memory of ours."""
    try:
        fd = originals.open_fd("/proc/self/mem", os.O_RDONLY)
    except OSError:
        return b""
    try:
        return originals.pread(fd, _LOOKED_AT, address)
    except (OSError, OverflowError):
        return b""
    finally:
        originals.close(fd)


def _number(memory: bytes, at: int, size: int) -> int:
    return int.from_bytes(memory[at : at + size], sys.byteorder)
