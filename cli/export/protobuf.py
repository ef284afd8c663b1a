"""Writes protocol buffers: as much of the wire format as an export needs. A message is the sum of its fields: bytes."""

from __future__ import annotations

from functools import lru_cache
from struct import Struct

VARINT, FIXED64, BYTES = 0, 1, 2  # wire types
MASK = (1 << 64) - 1
SHORT = tuple(bytes((number,)) for number in range(0x80))
DOUBLE = Struct("<d")


def varint(number: int) -> bytes:
    """Seven bits a byte, lowest first; a negative number as its two's complement of 64 bits."""
    if 0 <= number < 0x80:
        return SHORT[number]
    number &= MASK
    result = bytearray()
    while number > 0x7F:
        result.append(number & 0x7F | 0x80)
        number >>= 7
    result.append(number)
    return bytes(result)


@lru_cache
def _key(field: int, wire_type: int) -> bytes:
    return varint(field << 3 | wire_type)


def integer(field: int, number: int) -> bytes:
    """A field of type int32, int64, uint32, uint64, bool or of an enumeration."""
    return _key(field, VARINT) + varint(number)


def fixed64(field: int, number: int) -> bytes:
    """A field of type fixed64; `number` has at most 64 bits."""
    return _key(field, FIXED64) + number.to_bytes(8, "little")


def double(field: int, number: float) -> bytes:
    """A field of type double."""
    return _key(field, FIXED64) + DOUBLE.pack(number)


def message(field: int, *parts: bytes) -> bytes:
    """A field that is a message, made of its fields."""
    content = b"".join(parts)
    return _key(field, BYTES) + varint(len(content)) + content


def string(field: int, text: str) -> bytes:
    """A field of type string."""
    return message(field, text.encode())
