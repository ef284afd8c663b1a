"""Makes recordings that hold a header, sums and nothing else, for tests of what finds and lists runs."""

from __future__ import annotations

import os
from pathlib import Path

from ocoro.runtime.layout import (
    BLOCK,
    DESCRIPTION,
    ENDED,
    HEADER,
    MAGIC,
    PAGE,
    RECORDS,
    TOTAL,
    TOTALS,
    VERSION,
    escaped,
)

SECOND = 1_000_000_000
EPOCH = 1_795_428_900  # seconds since 1970 at which the first run starts


def make(
    folder: Path,
    name: str,
    at: int = 0,
    *,
    pid: int = 0,
    state: int = ENDED,
    since: float = 0.0,
    wall: float = 0.0,
    size: int = 0,
    **description: str,
) -> str:
    """Write `name`.ocoro, of a run that started `at` seconds after EPOCH, when the monotonic clock was at `since`.

    The file has at least `size` bytes. Return its path.
    """
    folder.mkdir(parents=True, exist_ok=True)
    numbers = name.rpartition("-")[2].split(".")
    head = HEADER.pack(MAGIC, VERSION, PAGE, pid or int(numbers[-1]), 0, (EPOCH + at) * SECOND, since, state)
    text = "".join(f"{key}={escaped(value)}\n" for key, value in description.items())
    sums = BLOCK.pack(TOTALS, *RECORDS[TOTALS], BLOCK.size + TOTAL.size) + TOTAL.pack(since + wall, *[0] * 10)
    path = folder / f"{name}.ocoro"
    path.write_bytes((head.ljust(DESCRIPTION, b"\0") + text.encode()).ljust(PAGE, b"\0") + sums.ljust(size, b"x"))
    os.utime(path, (EPOCH + at, EPOCH + at))
    return str(path)
