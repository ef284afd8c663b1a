"""What happened, cheaply: every hook and the scheduler report here and nowhere else.

A wait costs two list appends. The hub folds the lists into sums and histograms every now and then. A histogram counts
the upper 16 bits of the IEEE double (sign, exponent and four bits of mantissa): 16 buckets per power of two, so a
value read back is at most 6.25 % off, and two histograms are merged by adding their counts.
"""

from __future__ import annotations

from _collections import _count_elements
from array import array  # here, because the hub, which folds, must not import: it may have to wait for that

from ocoro.runtime import originals

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from ocoro.runtime.summary import CallSummary, Summary

_FOLD_EVERY = 0.005  # seconds between two folds; short, so that the lists stay in the processor's cache


class Tally:
    """The waits of one kind of call. Seconds."""

    __slots__ = ("histogram", "late", "lates", "longest", "name", "switches", "wait", "waits")

    def __init__(self, name: str) -> None:
        self.name = name
        self.waits: list[float] = []  # not yet folded: from parked to ready
        self.lates: list[float] = []  # not yet folded: from ready to resumed
        self.wait = 0.0
        self.late = 0.0
        self.longest = 0.0
        self.switches = 0
        self.histogram: dict[int, int] = {}

    def fold(self) -> None:
        """Move the single values into the sums and the histogram."""
        waits, self.waits = self.waits, []
        lates, self.lates = self.lates, []
        self.switches += len(lates)
        if len(lates) > len(waits):
            self.histogram[0] = self.histogram.get(0, 0) + len(lates) - len(waits)
        if waits:
            self.wait += sum(waits)
            self.longest = max(self.longest, max(waits))
            _count_elements(self.histogram, memoryview(array("d", waits)).cast("B").cast("H")[3::4])
        self.late += sum(lates)

    @property
    def count(self) -> int:
        """How many waits there were."""
        return sum(self.histogram.values())

    def quantile(self, share: float) -> float:
        """The wait, in seconds, that `share` (0.0 to 1.0) of all waits do not exceed."""
        rest = share * self.count
        for bucket in sorted(self.histogram):
            rest -= self.histogram[bucket]
            if rest <= 0:
                return min(_middle(bucket), self.longest)
        return self.longest

    def summary(self) -> CallSummary:
        """These waits in nanoseconds."""
        from ocoro.runtime.summary import CallSummary  # dataclasses is much to import for a program that starts

        values = (self.wait, self.late, self.quantile(0.5), self.quantile(0.99), self.longest)
        return CallSummary(self.name, self.count, *(round(value * 1e9) for value in values))


def _middle(bucket: int) -> float:
    lower, upper = memoryview(bytearray(16)).cast("H"), 0.0
    lower[3], lower[7] = bucket, bucket + 1
    low, upper = lower.cast("B").cast("d")
    return (low + upper) / 2


class Recorder:
    """All tallies of a run, and the clock readings that the report needs."""

    __slots__ = ("_cpu", "_queued", "_started", "coroutines", "fold_at", "idle", "most", "tallies")

    def __init__(self) -> None:
        self.tallies: dict[str, Tally] = {}
        self.begin()

    def begin(self) -> None:
        """Start afresh, as at boot and in the child of a fork; tallies stay the same objects, hooks hold them."""
        self._started = originals.monotonic()
        self._cpu = originals.process_time_ns()
        self._queued = _scheduling()
        self.fold_at = 0.0
        self.idle = 0.0
        self.coroutines = 1
        self.most = 1
        for tally in self.tallies.values():
            tally.__init__(tally.name)  # type: ignore[misc]

    def tally(self, call: str) -> Tally:
        """The tally of the kind of call named `call`."""
        if call not in self.tallies:
            self.tallies[call] = Tally(call)
        return self.tallies[call]

    def fold(self, now: float) -> None:
        """Fold what has gathered; the hub calls this when `fold_at` has come."""
        self.fold_at = now + _FOLD_EVERY
        self._fold_all()

    def _fold_all(self) -> None:
        for tally in self.tallies.values():
            if tally.lates:
                tally.fold()

    def summary(self) -> Summary:
        """The run so far. `blocked` is what the thread spent neither computing, nor idle, nor queued for a core."""
        from ocoro.runtime.summary import Summary

        self._fold_all()
        wall = round((originals.monotonic() - self._started) * 1e9)
        idle = round(self.idle * 1e9)
        on_core, queued = (now - then for now, then in zip(_scheduling(), self._queued, strict=True))
        blocked = max(0, wall - idle - on_core - queued)
        calls = sorted((t.summary() for t in self.tallies.values() if t.count), key=lambda call: -call.wait)
        return Summary(
            wall=wall,
            cpu=originals.process_time_ns() - self._cpu,
            running=wall - idle - blocked,
            idle=idle,
            blocked=blocked,
            coroutines=self.coroutines,
            coroutines_most=self.most,
            switches=self.coroutines - 1 + sum(tally.switches for tally in self.tallies.values()),
            calls=tuple(calls),
        )


def _scheduling() -> tuple[int, int]:
    """Nanoseconds the calling thread has spent on a core and, runnable, queued for one (proc(5), schedstat)."""
    try:
        with open("/proc/thread-self/schedstat", "rb", buffering=0) as file:
            on_core, queued, _ = file.read(100).split()
    except (OSError, ValueError):
        from time import thread_time_ns

        return thread_time_ns(), 0
    return int(on_core), int(queued)
