"""Times counted in buckets: 16 to each power of two, so that a value read back is at most 6.25 % off."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ocoro.runtime.layout import BUCKETS, FIRST_BUCKET

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(slots=True)
class Histogram:
    """Bucket number -> how many times fell into it. Merged by adding."""

    counts: dict[int, int] = field(default_factory=dict)

    def add(self, counts: Iterable[tuple[int, int]]) -> None:
        """Merge (bucket, count) pairs."""
        for bucket, count in counts:
            self.counts[bucket] = self.counts.get(bucket, 0) + count

    @property
    def total(self) -> int:
        """How many times were counted."""
        return sum(self.counts.values())

    def quantile(self, share: float) -> int:
        """The nanoseconds that `share` (0.0 to 1.0) of all times do not exceed; 0 when there are none."""
        rest = share * self.total
        for bucket in sorted(self.counts):
            rest -= self.counts[bucket]
            if rest <= 0:
                return middle(bucket)
        return 0

    def by_octave(self, first: int, last: int) -> list[int]:
        """Counts per power of two, from 2**first to 2**last nanoseconds; what is outside goes to the ends."""
        result = [0] * (last - first + 1)
        for bucket, count in self.counts.items():
            octave = max(middle(bucket), 1).bit_length() - 1
            result[min(max(octave, first), last) - first] += count
        return result


def bucket_of(seconds: float) -> int:
    """The bucket of a time: the upper 16 bits of its IEEE double, counted from the first bucket on."""
    upper = memoryview(bytearray(8)).cast("d")
    upper[0] = max(seconds, 0.0)
    return min(max(upper.cast("B").cast("H")[3] - FIRST_BUCKET, 0), BUCKETS - 1)


def middle(bucket: int) -> int:
    """Nanoseconds in the middle of a bucket; 0 for the first, which holds what is too short to tell."""
    if bucket <= 0:
        return 0
    low, high = _lower(bucket), _lower(bucket + 1)
    return round((low + high) / 2 * 1e9)


def _lower(bucket: int) -> float:
    upper = memoryview(bytearray(8)).cast("H")
    upper[3] = bucket + FIRST_BUCKET
    value: float = upper.cast("B").cast("d")[0]
    return value
