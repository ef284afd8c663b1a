"""What `ocoro top` looks at: a run, read again and again, and what happened from one reading to the next."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ocoro.cli.recorded.model import CoroutineRecord, Run

SECOND = 1_000_000_000


@dataclass(slots=True)
class Watched:
    """A recording and its latest two readings."""

    path: str
    now: Run = field(init=False)
    before: Run | None = None  # None: `now` is the first

    def __post_init__(self) -> None:
        self.now = self._read()

    def refresh(self) -> None:
        """Read again, unless the program has ended. UsageError when the file is gone."""
        if self.now.state == "live":
            self.before, self.now = self.now, self._read()

    def rates(self) -> Rates:
        """What happened since the reading before; over the whole run when it is over or was read once only."""
        return rates(self.before if self.now.state == "live" else None, self.now)

    def _read(self) -> Run:
        from ocoro.cli.recorded.reader import read

        return read(self.path, events=False)


@dataclass(frozen=True, slots=True)
class Rates:
    """What happened between two readings, or since the start; shares are 0.0 to 1.0 of that time."""

    calls: float  # per second
    switches: float  # per second
    delay: int  # mean nanoseconds from ready to resumed
    running: float
    idle: float
    blocked: float


def rates(before: Run | None, now: Run) -> Rates:
    """All zero when no time has passed."""
    wall = _more(before, now, "wall")
    waits = _sum(now, "waits") - (_sum(before, "waits") if before else 0)
    calls = _sum(now, "calls") - (_sum(before, "calls") if before else 0)
    late = _sum(now, "late") - (_sum(before, "late") if before else 0)
    return Rates(
        calls=_ratio(calls * SECOND, wall),
        switches=_ratio(_more(before, now, "switches") * SECOND, wall),
        delay=round(_ratio(late, waits)),
        running=min(1.0, _ratio(_more(before, now, "running"), wall)),
        idle=min(1.0, _ratio(_more(before, now, "idle"), wall)),
        blocked=min(1.0, _ratio(_more(before, now, "blocked"), wall)),
    )


def _more(before: Run | None, now: Run, name: str) -> int:
    more: int = getattr(now, name) - (getattr(before, name) if before else 0)
    return more


def _sum(run: Run, name: str) -> int:
    return sum(getattr(aggregate, name) for aggregate in run.aggregates)


def _ratio(number: int, whole: int) -> float:
    return max(0.0, number / whole) if whole > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Doing:
    """What a coroutine does now: nanoseconds in its present state, and its totals with these in them."""

    record: CoroutineRecord
    for_: int
    wait: int
    late: int
    running: int


def doings(run: Run) -> list[Doing]:
    """Those of the living coroutines; when the run is over, of all that are known."""
    return [_doing(each, run.wall) for each in run.coroutine_records if run.state != "live" or each.state != "ended"]


def _doing(record: CoroutineRecord, now: int) -> Doing:
    present = max(0, now - record.since)
    wait = record.wait + (present if record.state == "waiting" else 0)
    late = record.late + (present if record.state == "ready" else 0)
    end = now if record.ended is None else record.ended
    return Doing(record, present, wait, late, max(0, end - record.started - wait - late))
