"""A part of a run, from --since to --until: all figures are made anew from the events that the flight recorder holds.

Of what lies partly in the window, the sums get the part inside; the lengths (percentiles, longest) are of whole waits.
Errors and CPU time are not in the events and stay 0.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from ocoro.cli.recorded.histogram import bucket_of
from ocoro.cli.recorded.model import KERNEL, MAIN, Aggregate, Event
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
        kinds = Counter(each.kind for each in self._events if self._since <= each.end < self._until)
        alive = [number for number, life in self._lives.items() if self._part(*life)]
        running, idle, blocked = self._shares()
        return replace(
            self._run,
            wall=self._until - self._since,
            cpu=0,
            running=running,
            idle=idle,
            blocked=blocked,
            switches=kinds["wait"] + kinds["preempt"] + kinds["end"],
            preemptions=kinds["preempt"],
            coroutines=len(alive),
            coroutines_most=self._most(),
            aggregates=self._aggregates(),
            coroutine_records=[self._record(each) for each in self._run.coroutine_records if each.number in alive],
            events=self._events,
            going_on=[],
        )

    def _of(self, kind: str) -> list[Event]:
        return [each for each in self._events if each.kind == kind]

    def _part(self, start: int, end: int) -> int:
        """How much of a time lies in the window."""
        return max(0, min(end, self._until) - max(start, self._since))

    def _shares(self) -> tuple[int, int, int]:
        """Running, idle and blocked: what the events tell, but of none more than in the whole run.

        Its sums are exact, while the events know neither of what blocked shortly nor of all that the hub slept.
        """
        wall, run = self._until - self._since, self._run
        idle = min(self._idle(), run.idle)
        told = sum(self._part(each.start, each.end) for each in self._of("blocked"))
        blocked = min(told, run.blocked, wall - idle)
        too_much = max(0, wall - idle - blocked - run.running)
        blocked += min(too_much, run.blocked - blocked)
        running = min(wall - idle - blocked, run.running)
        return running, wall - running - blocked, blocked

    def _idle(self) -> int:
        """The time in which everybody who lived was waiting, until the thread was awake."""
        waits = self._of("wait")
        signs = sorted([*(each.end for each in waits), *(each.ready for each in waits if not _is_by_timer(each))])
        changes = [(start, 1, 0, start) for start, _ in self._lives.values()]
        changes += [(end, -1, 0, end) for _, end in self._lives.values()]
        for each in waits:
            awake = signs[bisect_left(signs, each.ready)]
            changes += [(each.start, 0, 1, each.start), (each.ready, 0, -1, awake)]
        idle = alive = waiting = before = 0
        for _, born, parked, awake in sorted(changes):
            if alive and alive == waiting:
                idle += self._part(before, awake)
            alive, waiting, before = alive + born, waiting + parked, max(before, awake)
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
            if each.site is None or each.kind not in ("wait", "call", "blocked", "preempt"):
                continue
            total = result.setdefault(each.site, Aggregate(each.site))
            total.calls += 1
            if each.kind == "wait":
                self._add_wait(total, each)
            elif each.kind == "preempt":
                total.waits += 1
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


def _is_by_timer(wait: Event) -> bool:
    """Whether it was over when a timer was due, which a sleeping thread notices later; else once that was noticed."""
    return wait.waker == KERNEL and wait.fd < 0


def _unfinished(run: Run) -> Iterable[Event]:
    """The waits that went on when the run was last recorded."""
    resumed = {each.coroutine: each.end for each in run.events if each.kind == "wait"}
    for each in run.coroutine_records:
        if each.state == "waiting" and each.since >= resumed.get(each.number, 0):
            yield Event("wait", each.number, each.since, run.wall, run.wall, each.site)
