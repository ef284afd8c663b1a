"""The memory of another process, as process_vm_readv(2) reads it: by the same user, as far as ptrace(2) is allowed."""

from __future__ import annotations

import ctypes
import os
from struct import Struct

from ocoro.cli.dumped.model import DumpError

WORD = Struct("<Q")
PERMISSION = "reading its memory is not permitted (see ptrace(2); kernel.yama.ptrace_scope, or a container, forbids it)"


class _Piece(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("size", ctypes.c_size_t))


class Memory:
    """Raises DumpError for what cannot be read: it is another's, the address is wrong, or it has just changed."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        try:
            self._read = ctypes.CDLL(None, use_errno=True).process_vm_readv
        except (OSError, AttributeError):
            raise DumpError("this system has no process_vm_readv(2)") from None
        self._read.restype = ctypes.c_ssize_t
        word = ctypes.c_ulong
        self._read.argtypes = (ctypes.c_int, ctypes.c_void_p, word, ctypes.c_void_p, word, word)

    def read(self, address: int, size: int) -> bytes:
        """So many bytes."""
        buffer = ctypes.create_string_buffer(size)
        here, there = _Piece(ctypes.addressof(buffer), size), _Piece(address, size)
        count = self._read(self._pid, ctypes.byref(here), 1, ctypes.byref(there), 1, 0)
        if count != size:
            number = ctypes.get_errno()
            if count < 0 and number in (1, 38):  # EPERM, ENOSYS
                raise DumpError(PERMISSION)
            raise DumpError(
                f"its memory at {address:#x} cannot be read: {os.strerror(number) if count < 0 else 'short'}"
            )
        return buffer.raw

    def word(self, address: int) -> int:
        """Eight bytes: an address or a size."""
        value: int = WORD.unpack(self.read(address, WORD.size))[0]
        return value
