"""Histograms as a row of characters, one for each power of two; ten of them are a factor of 1024, so about 1000."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocoro.cli.recorded.histogram import Histogram

if TYPE_CHECKING:
    from collections.abc import Sequence

BLOCKS = " ▁▂▃▄▅▆▇█"
ASCII = " .:-=+*#@"
MARKS = ("1ns", "1us", "1ms", "1s", "17m", "12d")  # of 2**0, 2**10, ... nanoseconds
DECADE = 10  # octaves from one mark to the next
LAST = 59


class Scale:
    """The powers of two that a column of histograms spans, and the characters it is drawn with.

    What is too short to tell is drawn as the shortest that is not.
    """

    def __init__(self, histograms: Sequence[Histogram], has_blocks: bool) -> None:
        octaves = [at for each in histograms for at, count in enumerate(_measured(each).by_octave(0, LAST)) if count]
        self._first = min(octaves, default=0) // DECADE * DECADE
        self._last = max(octaves, default=0)
        self._levels = BLOCKS if has_blocks else ASCII

    @property
    def title(self) -> str:
        """The scale itself: each mark stands above its power of two."""
        marks = range(self._first, self._last + 1, DECADE)
        return "".join(f"{MARKS[mark // DECADE]:<{DECADE}}" for mark in marks).rstrip()

    def draw(self, histogram: Histogram) -> str:
        """How many there were in each power of two, the most being full height."""
        counts = histogram.by_octave(self._first, self._last)
        most = max(counts)
        top = len(self._levels) - 1
        return "".join(self._levels[-(-count * top // most) if count else 0] for count in counts).rstrip()


def _measured(histogram: Histogram) -> Histogram:
    """Without the first bucket, which holds what is too short to tell."""
    return Histogram({bucket: count for bucket, count in histogram.counts.items() if bucket > 0})
