"""Where a name of a program or library is in the memory of a process: by the file's table of dynamic symbols."""

from __future__ import annotations

import os
from struct import Struct

from ocoro.cli.dumped.model import DumpError

HEADER = Struct("<16sHHIQQQIHHHHHH")
SEGMENT = Struct("<IIQQQQQQ")
SECTION = Struct("<IIQQQQIIQQ")
SYMBOL = Struct("<IBBHQQ")
MAGIC = b"\x7fELF\x02\x01"  # 64 bits, little-endian
LOAD = 1
SYMBOLS = 11  # SHT_DYNSYM
LARGEST = 1 << 30


def addresses(pid: int, names: tuple[bytes, ...]) -> dict[bytes, int]:
    """The addresses in the process of these names, from the first mapped file that has them all."""
    for path, begin in _files(pid):
        try:
            found = _symbols(f"/proc/{pid}/root{path}", names)
        except (OSError, ValueError, IndexError):
            continue
        if found is not None:
            base, values = found
            return {name: begin - base + value for name, value in values.items()}
    raise DumpError("its interpreter is not found in its memory")


def _files(pid: int) -> list[tuple[str, int]]:
    """What may be the interpreter, with the address of its begin; likely ones first."""
    found: dict[str, int] = {}
    try:
        with open(f"/proc/{pid}/maps") as file:
            for line in file:
                fields = line.rstrip("\n").split(maxsplit=5)
                if len(fields) == 6 and fields[5].startswith("/") and int(fields[2], 16) == 0:
                    found.setdefault(fields[5], int(fields[0].partition("-")[0], 16))
    except (OSError, ValueError) as problem:
        raise DumpError(f"its memory cannot be looked at: {problem}") from None
    return sorted(found.items(), key=lambda each: "python" not in os.path.basename(each[0]))


def _symbols(path: str, names: tuple[bytes, ...]) -> tuple[int, dict[bytes, int]] | None:
    """The address that the file wants to be at, and those of the names; None when it has them not all."""
    with open(path, "rb") as file:
        data = file.read(HEADER.size)
        if not data.startswith(MAGIC):
            return None
        data += file.read(LARGEST)
    header = HEADER.unpack_from(data)
    segments = [SEGMENT.unpack_from(data, header[5] + number * SEGMENT.size) for number in range(header[10])]
    base = min(each[3] for each in segments if each[0] == LOAD) & ~0xFFF
    sections = [SECTION.unpack_from(data, header[6] + number * SECTION.size) for number in range(header[12])]
    table = next((each for each in sections if each[1] == SYMBOLS), None)
    if table is None:
        return None
    strings = sections[table[6]][4]
    wanted = {_offset(data, strings, sections[table[6]][5], name): name for name in names}
    if -1 in wanted:
        return None
    found = {}
    for name, _, _, _, value, _ in SYMBOL.iter_unpack(data[table[4] : table[4] + table[5]]):
        if value and name in wanted:
            found[wanted[name]] = value
    return (base, found) if len(found) == len(names) else None


def _offset(data: bytes, begin: int, size: int, name: bytes) -> int:
    """Where in the table of strings the name stands; -1 when it does not."""
    at = data.find(b"\0" + name + b"\0", begin, begin + size)
    return at - begin + 1 if at >= 0 else -1
