"""Numbers and texts as people read them, and times as people write them. All times are nanoseconds."""

from __future__ import annotations

import re

from ocoro.cli.errors import UsageError
from ocoro.cli.report import duration

NONE = "-"  # in a table: nothing of the kind happened
SIZES = ((10**12, "TB"), (10**9, "GB"), (10**6, "MB"), (10**3, "kB"))
TIMES = {"ns": 1, "us": 1_000, "µs": 1_000, "ms": 1_000_000, "s": 1_000_000_000, "m": 60_000_000_000}
SECOND = TIMES["s"]
NUMBER = r"(?P<number>[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
UNIT = rf"(?P<unit>{'|'.join(TIMES)}|%|)"
UNITS = "ns, us, ms, s, m (minutes) and %"
_TIME = re.compile(rf"{NUMBER}\s*{UNIT}")


def time_cell(time: int) -> str:
    """A duration for a table: the numbers of a column stand below each other as units are equally wide."""
    if not time:
        return NONE
    number, unit = duration(time).split(" ")
    return f"{number} {unit:>2}"


def count(number: int) -> str:
    """A whole number with commas between the thousands."""
    return f"{number:,}"


def count_cell(number: int) -> str:
    """A whole number for a table."""
    return f"{number:,}" if number else NONE


def size_cell(size: int) -> str:
    """Bytes for a table, in the largest unit that leaves a number of at least 1, with three digits."""
    for unit_size, unit in SIZES:
        if size >= unit_size:
            number = size / unit_size
            digits = 2 if number < 9.995 else 1 if number < 99.95 else 0
            return f"{number:,.{digits}f} {unit}"
    return f"{size}  B" if size else NONE


def percent(share: float) -> str:
    """A share, 0.0 to 1.0, in per cent."""
    return f"{share:.1%}".replace("%", " %")


def times_as_long(ratio: float) -> str:
    """A ratio with three digits, as in `1.84 times as long`."""
    digits = 2 if ratio < 9.995 else 1 if ratio < 99.95 else 0
    return f"{ratio:,.{digits}f}"


def plural(number: int, noun: str) -> str:
    """`1 wait`, `2 waits`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def moment(text: str, wall: int, option: str) -> int:
    """Nanoseconds from the start of a run that lasted `wall`: `1.5` (seconds), `10ms`, `2s`, `50%`.

    UsageError for anything else.
    """
    given = _TIME.fullmatch(text.strip())
    if given is None:
        raise UsageError(
            f"{option}: {text!r} is no time",
            f"a time is a number, and one of {UNITS} behind it; a plain number is seconds",
            f"for example {option}=1.5, {option}=10ms or {option}=50%",
        )
    number, unit = float(given["number"]), given["unit"]
    return round(number / 100 * wall) if unit == "%" else round(number * TIMES[unit or "s"])
