"""`lzma`: to compress, or to decompress much, takes long and needs no GIL, so it is offloaded to a real thread."""

from __future__ import annotations

import lzma

from ocoro.runtime.instance import scheduler
from ocoro.runtime.offload import size_of, when_long

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from typing import Any


_FIXED = "its type cannot be changed: a large piece is worked on where it is"

LEAVES = {
    "LZMACompressor": _FIXED,
    "LZMADecompressor": _FIXED,
    "LZMAFile": "reads and writes in small pieces, by the two",
}

_compress_tally = scheduler.recorder.tally("compress")
_decompress_tally = scheduler.recorder.tally("decompress")
_SOME = 1  # bytes; whatever the size, the tables of the compressor take milliseconds to set up
_MUCH = 16 << 10
_compress, _decompress = lzma.compress, lzma.decompress


def compress(data: Any, format: Any = 1, check: Any = -1, preset: Any = None, filters: Any = None) -> bytes:
    """Replaces `lzma.compress`."""
    is_long = size_of(data) >= _SOME
    result: bytes = when_long(_compress_tally, is_long, _compress, data, format, check, preset, filters)
    return result


def decompress(data: Any, format: Any = 0, memlimit: Any = None, filters: Any = None) -> bytes:
    """Replaces `lzma.decompress`."""
    is_long = size_of(data) >= _MUCH
    result: bytes = when_long(_decompress_tally, is_long, _decompress, data, format, memlimit, filters)
    return result


def is_for(module: Any) -> bool:
    """Whether the types and exceptions here are those of `module`."""
    return module.LZMAError is lzma.LZMAError


REPLACES = {"compress": compress, "decompress": decompress}
