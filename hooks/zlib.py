"""`zlib`: to compress, decompress or sum up much takes long and needs no GIL, so it is offloaded to a real thread.

The types of `compressobj` and `decompressobj` are changed in place, like the functions.
"""

from __future__ import annotations

import zlib

from ocoro.hooks import patch
from ocoro.runtime.instance import scheduler
from ocoro.runtime.offload import size_of, when_long

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from typing import Any


LEAVES = {
    "Compress.flush": "writes what is left of the latest pieces",
    "Decompress.flush": "reads on in what a limited `decompress` has left, which is seldom much",
    "_ZlibDecompressor": "its type cannot be changed",
}

_compress_tally = scheduler.recorder.tally("compress")
_decompress_tally = scheduler.recorder.tally("decompress")
_sum_tally = scheduler.recorder.tally("checksum")
_MUCH = 32 << 10  # bytes that take about a millisecond to compress, or to decompress if there was much air in them
_MUCH_TO_SUM = 1 << 20
_compress, _decompress = zlib.compress, zlib.decompress
_crc32, _adler32 = zlib.crc32, zlib.adler32
_Compress, _Decompress = type(zlib.compressobj()), type(zlib.decompressobj())
_feed_compress: Any = _Compress.compress
_feed_decompress: Any = _Decompress.decompress


def compress(origin: Any, data: Any, /, level: Any = -1, wbits: Any = 15) -> bytes:
    """Replaces `zlib.compress`."""
    result: bytes = when_long(_compress_tally, size_of(data) >= _MUCH, _compress, data, level, wbits)
    return result


def decompress(origin: Any, data: Any, /, wbits: Any = 15, bufsize: Any = 16384) -> bytes:
    """Replaces `zlib.decompress`."""
    result: bytes = when_long(_decompress_tally, size_of(data) >= _MUCH, _decompress, data, wbits, bufsize)
    return result


def crc32(origin: Any, data: Any, value: Any = 0, /) -> int:
    """Replaces `zlib.crc32`."""
    result: int = when_long(_sum_tally, size_of(data) >= _MUCH_TO_SUM, _crc32, data, value)
    return result


def adler32(origin: Any, data: Any, value: Any = 1, /) -> int:
    """Replaces `zlib.adler32`."""
    result: int = when_long(_sum_tally, size_of(data) >= _MUCH_TO_SUM, _adler32, data, value)
    return result


def compress_piece(self: Any, data: Any, /) -> bytes:
    """Replaces `compress` of what `zlib.compressobj` makes."""
    result: bytes = when_long(_compress_tally, size_of(data) >= _MUCH, _feed_compress, self, data)
    return result


def decompress_piece(self: Any, data: Any, /, max_length: Any = 0) -> bytes:
    """Replaces `decompress` of what `zlib.decompressobj` makes."""
    result: bytes = when_long(_decompress_tally, size_of(data) >= _MUCH, _feed_decompress, self, data, max_length)
    return result


def is_for(module: Any) -> bool:
    """Whether the types and exceptions here are those of `module`."""
    return module.error is zlib.error


def patched(module: Any) -> None:
    """Change the types, too, which the module does not name."""
    patch.replace_method(_Compress, "compress", compress_piece)
    patch.replace_method(_Decompress, "decompress", decompress_piece)


REPLACES = {"compress": compress, "decompress": decompress, "crc32": crc32, "adler32": adler32}
