"""`bz2`: to compress or decompress much takes long and needs no GIL, so it is offloaded to a real thread."""

from __future__ import annotations

import bz2

from ocoro.runtime.instance import scheduler
from ocoro.runtime.offload import size_of, when_long

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from typing import Any


_FIXED = "its type cannot be changed: a large piece is worked on where it is"

LEAVES = {
    "BZ2Compressor": _FIXED,
    "BZ2Decompressor": _FIXED,
    "BZ2File": "reads and writes in small pieces, by the two",
}

_compress_tally = scheduler.recorder.tally("compress")
_decompress_tally = scheduler.recorder.tally("decompress")
_MUCH = 4 << 10  # bytes that take more than a millisecond to compress, and that hold ten times as much compressed
_compress, _decompress = bz2.compress, bz2.decompress


def compress(data: Any, compresslevel: Any = 9) -> bytes:
    """Replaces `bz2.compress`."""
    result: bytes = when_long(_compress_tally, size_of(data) >= _MUCH, _compress, data, compresslevel)
    return result


def decompress(data: Any) -> bytes:
    """Replaces `bz2.decompress`."""
    result: bytes = when_long(_decompress_tally, size_of(data) >= _MUCH, _decompress, data)
    return result


REPLACES = {"compress": compress, "decompress": decompress}
