"""Writes protocol buffers: as much of the wire format as an export needs. A message is the sum of its fields, as bytes."""

from __future__ import annotations

VARINT, FIXED64, BYTES = 0, 1, 2  # wire types
MASK = (1 << 64) - 1


def varint(number: int) -> bytes:
    """Seven bits a byte, lowest first; a negative number as its two's complement of 64 bits."""
    number &= MASK
    result = bytearray()
    while number > 0x7F:
        result.append(number & 0x7F | 0x80)
        number >>= 7
    result.append(number)
    return bytes(result)


def integer(field: int, number: int) -> bytes:
    """A field of type int32, int64, uint32, uint64, bool or of an enumeration."""
    return varint(field << 3 | VARINT) + varint(number)


def fixed64(field: int, number: int) -> bytes:
    """A field of type fixed64; `number` has at most 64 bits."""
    return varint(field << 3 | FIXED64) + number.to_bytes(8, "little")


def double(field: int, number: float) -> bytes:
    """A field of type double."""
    from _struct import pack

    return varint(field << 3 | FIXED64) + pack("<d", number)


def message(field: int, *parts: bytes) -> bytes:
    """A field that is a message, made of its fields."""
    content = b"".join(parts)
    return varint(field << 3 | BYTES) + varint(len(content)) + content


def string(field: int, text: str) -> bytes:
    """A field of type string."""
    return message(field, text.encode())
