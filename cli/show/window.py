"""A part of a run, from --since to --until: all figures are made anew from the events that the flight recorder holds.

Of what lies partly in the window, the sums get the part inside; the lengths (percentiles, longest) are of whole waits.
Errors and CPU time are not in the events and stay 0.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from ocoro.cli.recorded.histogram import bucket_of
from ocoro.cli.recorded.model import MAIN, Aggregate, Event
from ocoro.cli.show.units import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ocoro.cli.recorded.model import CoroutineRecord, Run, Site


def known_since(run: Run) -> int:
    """From when on the events are complete: if some were dropped, from the end of the oldest that is left."""
    if not run.dropped:
        return 0
    return min((each.end for each in run.events), default=run.wall)


def cut(run: Run, since: int, until: int) -> Run:
    """The run between two times, both in nanoseconds from its start."""
    since = min(max(since, known_since(run)), run.wall)
    return _Window(run, since, min(max(until, since), run.wall)).run()


class _Window:
    def __init__(self, run: Run, since: int, until: int) -> None:
        self._run = run
        self._since = since
        self._until = until
        self._lives = _lives(run)
        events = [*run.events, *_unfinished(run)]
        self._events = [each for each in events if each.end >= since and each.start < until]

    def run(self) -> Run:
        wall = self._until - self._since
        kinds = Counter(each.kind for each in self._events if self._since <= each.end < self._until)
        alive = [number for number, life in self._lives.items() if self._part(*life)]
        idle = self._idle()
        blocked = min(sum(self._part(each.start, each.end) for each in self._of("blocked")), wall - idle)
        return replace(
            self._run,
            wall=wall,
            cpu=0,
            running=wall - idle - blocked,
            idle=idle,
            blocked=blocked,
            switches=kinds["wait"] + kinds["preempt"] + kinds["end"],
            preemptions=kinds["preempt"],
            coroutines=len(alive),
            coroutines_most=self._most(),
            aggregates=self._aggregates(),
            coroutine_records=[self._record(each) for each in self._run.coroutine_records if each.number in alive],
            events=self._events,
        )

    def _of(self, kind: str) -> list[Event]:
        return [each for each in self._events if each.kind == kind]

    def _part(self, start: int, end: int) -> int:
        """How much of a time lies in the window."""
        return max(0, min(end, self._until) - max(start, self._since))

    def _idle(self) -> int:
        """The time in which everybody who lived was waiting."""
        changes = [(start, 1, 0) for start, _ in self._lives.values()]
        changes += [(end, -1, 0) for _, end in self._lives.values()]
        for each in self._of("wait"):
            changes += [(each.start, 0, 1), (each.ready, 0, -1)]
        idle = alive = waiting = before = 0
        for time, born, parked in sorted(changes):
            if alive and alive == waiting:
                idle += self._part(before, time)
            alive, waiting, before = alive + born, waiting + parked, time
        return idle

    def _most(self) -> int:
        """The most coroutines that lived at once."""
        lives = [life for life in self._lives.values() if self._part(*life)]
        changes = sorted([(start, 1) for start, _ in lives] + [(end, -1) for _, end in lives])
        most = alive = 0
        for _, born in changes:
            alive += born
            most = max(most, alive)
        return most

    def _aggregates(self) -> list[Aggregate]:
        result: dict[Site, Aggregate] = {}
        for each in self._events:
            if each.site is None or each.kind not in ("wait", "call", "blocked"):
                continue
            total = result.setdefault(each.site, Aggregate(each.site))
            total.calls += 1
            if each.kind == "wait":
                self._add_wait(total, each)
            elif each.kind == "blocked":
                part = self._part(each.start, each.end)
                total.blocked += part
                total.held += part * each.value
            if each.kind != "blocked":
                total.bytes += max(0, each.value)
        return list(result.values())

    def _add_wait(self, total: Aggregate, event: Event) -> None:
        length = event.ready - event.start
        total.waits += 1
        total.wait += self._part(event.start, event.ready)
        total.late += self._part(event.ready, event.end)
        total.longest = max(total.longest, length)
        total.histogram.add([(bucket_of(length / SECOND), 1)])

    def _record(self, record: CoroutineRecord) -> CoroutineRecord:
        """The coroutine as it was in the window, which its wait includes to the end: it is in its state since then."""
        waits = [each for each in self._of("wait") if each.coroutine == record.number]
        start, end = self._lives[record.number]
        return replace(
            record,
            since=self._until,
            started=max(start, self._since),
            ended=min(end, self._until),
            waits=len(waits),
            wait=sum(self._part(each.start, each.ready) for each in waits),
            late=sum(self._part(each.ready, each.end) for each in waits),
            site=waits[-1].site if waits else record.site,
        )


def _lives(run: Run) -> dict[int, tuple[int, int]]:
    """Number of each known coroutine -> its start and end, or the end of the recording if it lives."""
    starts, ends = {MAIN: 0}, {}
    for each in run.events:
        starts.setdefault(each.coroutine, each.start if each.kind == "spawn" else 0)
        if each.kind == "end":
            ends[each.coroutine] = each.end
    for record in run.coroutine_records:
        starts[record.number] = record.started
        if record.ended is not None:
            ends[record.number] = record.ended
    return {number: (start, ends.get(number, run.wall)) for number, start in starts.items()}


def _unfinished(run: Run) -> Iterable[Event]:
    """The waits that went on when the run was last recorded."""
    for each in run.coroutine_records:
        if each.state == "waiting":
            yield Event("wait", each.number, each.since, run.wall, run.wall, each.site)
