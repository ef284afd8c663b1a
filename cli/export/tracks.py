"""A run as marks on tracks, in the order of time: what the Chrome and the Perfetto export have in common.

A coroutine has a track with what it does: it runs, waits in a call, is late, or holds the thread. One more track is the
thread's, with who has it.

Marks are made while they are read. What is kept is the order of the events, so a run of any length needs little memory.
"""

from __future__ import annotations

import json
from dataclasses import replace
from heapq import merge
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, NamedTuple

from ocoro.cli.export.turns import Turn, end_order, turns
from ocoro.cli.recorded.model import KERNEL, OTHER_THREAD, Event, Run

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

THREAD = 0  # the track of the thread; a coroutine's track has the coroutine's number
THREAD_NAME = "thread"
WAKERS = {KERNEL: "the kernel", OTHER_THREAD: "another thread"}


class Slice(NamedTuple):
    """From `start` to `end` that is what happens on the track; `resumes` is the wait or the spawn that led to it."""

    start: int
    end: int
    track: int
    name: str
    event: Event | None = None
    resumes: Event | None = None


class Instant(NamedTuple):
    """A moment that is worth a mark."""

    start: int
    track: int
    name: str

    @property
    def end(self) -> int:
        return self.start


class Wake(NamedTuple):
    """The coroutine of this track makes the coroutine of `event` ready, or starts it."""

    start: int
    track: int
    event: Event

    @property
    def end(self) -> int:
        return self.start


class Count(NamedTuple):
    """How many coroutines are in which state from now on."""

    start: int
    running: int
    ready: int
    waiting: int

    @property
    def end(self) -> int:
        return self.start


Mark = Slice | Instant | Wake | Count


class Tracks:
    """The tracks of one run."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._names = run.names()
        events = complete(run)
        self._now = max(run.wall, max((event.end for event in events), default=0))
        # Before this, events are missing: the flight recorder keeps those that ended last.
        self._begin = min((event.end for event in events), default=0) if run.dropped else 0
        self._by_start = sorted(events, key=attrgetter("start"))
        self._by_ready = sorted(events, key=attrgetter("ready"))
        self._by_end = sorted(events, key=end_order)

    def numbers(self) -> list[int]:
        """The coroutines that have marks, in the order in which they were started."""
        found = {event.coroutine for event in self._by_start}
        found.update(event.waker for event in self._by_start if _woken_by_coroutine(event))
        return sorted(found)

    def name(self, number: int) -> str:
        """The name of a coroutine's track, or of who woke somebody."""
        return label(self._names, number)

    def details(self, event: Event) -> dict[str, str | int | float]:
        """What there is to say about an event beside its name; times in microseconds."""
        result: dict[str, str | int | float] = {}
        if event.site is not None:
            result["place"] = printable(event.site.place)
        if event.fd >= 0:
            result["fd"] = event.fd
        if event.kind == "wait":
            result["woken by"] = self.name(event.waker)
            result["wait us"] = (event.ready - event.start) / 1000
            result["late us"] = (event.end - event.ready) / 1000
        if event.kind == "blocked":
            result["ready meanwhile"] = event.value
        if event.text:
            result["text"] = printable(event.text)
        return result

    def remarks(self) -> list[str]:
        """What a reader has to know about the recording: sentences."""
        dropped = [f"{self._run.dropped} older events were dropped"] if self._run.dropped else []
        return dropped + [printable(problem) for problem in self._run.problems]

    def marks(self) -> Iterator[Mark]:
        """All marks by start, a slice before those it contains; slices of a track are nested, whatever was recorded."""
        streams = (self._remarked(), self._started(), self._late(), self._ran(), self._noticed(), self._counted())
        return _nested(merge(*streams, key=lambda mark: (mark.start, -mark.end)))

    def _remarked(self) -> Iterator[Mark]:
        for remark in self.remarks():
            yield Instant(self._begin, THREAD, remark)

    def _started(self) -> Iterator[Mark]:
        for event in self._by_start:
            if event.kind in ("wait", "call", "waiting"):
                end = event.end if event.kind == "call" else event.ready
                yield Slice(event.start, end, event.coroutine, call(event), event)
            elif event.kind == "blocked":
                yield Slice(event.start, event.end, THREAD, "blocked", event)
                yield Slice(event.start, event.end, event.coroutine, "blocked", event)

    def _late(self) -> Iterator[Mark]:
        for event in self._by_ready:
            if event.kind in ("wait", "ready") and event.end > event.ready:
                yield Slice(event.ready, event.end, event.coroutine, "late")

    def _ran(self) -> Iterator[Mark]:
        for turn in self._turns():
            yield Slice(turn.start, turn.end, THREAD, self.name(turn.coroutine))
            yield Slice(turn.start, turn.end, turn.coroutine, "running", resumes=turn.resumes)

    def _noticed(self) -> Iterator[Mark]:
        for event in self._by_ready:
            if _woken_by_coroutine(event):
                yield Wake(event.ready, event.waker, event)
            if event.kind in ("spawn", "end", "preempt"):
                yield Instant(event.ready, event.coroutine, event.kind)

    def _counted(self) -> Iterator[Mark]:
        """A mark per moment in which a number changes; none for the end, where nothing follows that it could be of."""
        running = ready = waiting = 0
        shown: Count | None = None
        time = self._begin
        for at, *change in merge(*self._changes(), key=itemgetter(0)):
            if at > time:
                count = Count(time, max(0, running), max(0, ready), max(0, waiting))
                if shown is None or count[1:] != shown[1:]:
                    yield count
                    shown = count
            if at >= self._now:
                return
            time = max(time, at)
            running, ready, waiting = running + change[0], ready + change[1], waiting + change[2]

    def _changes(self) -> Iterator[Iterator[tuple[int, int, int, int]]]:
        """Streams of: time, then how many more are running, ready and waiting."""
        waits = ("wait", "waiting")
        yield ((event.start, 0, 0, 1) for event in self._by_start if event.kind in waits)
        yield ((event.ready, 0, 1, -1) for event in self._by_ready if event.kind in waits)
        yield ((event.ready, 0, 1, 0) for event in self._by_ready if event.kind == "spawn")
        yield ((event.end, 0, -1, 0) for event in self._by_end if event.kind in waits)
        yield (change for turn in self._turns() for change in _changes_by_turn(turn))
        yield iter([(self._now, 0, 0, 0)])

    def _turns(self) -> Iterator[Turn]:
        return turns(self._by_start, self._by_end, self._begin, self._now)


def complete(run: Run) -> list[Event]:
    """The events, each with its times in order, and what the coroutines are doing that live as the run ends.

    The kind of the latter is the coroutine's state: waiting, ready or running.
    """
    return [_in_order(event) for event in (*run.events, *_unfinished(run))]


def _unfinished(run: Run) -> Iterator[Event]:
    for record in run.coroutine_records:
        if record.state in ("waiting", "ready", "running"):
            ready = run.wall if record.state == "waiting" else record.since
            yield Event(record.state, record.number, record.since, ready, run.wall, record.site, text="unfinished")


def _in_order(event: Event) -> Event:
    """Not ready before the start, not resumed before ready, and nothing before the run, as a damaged file may say."""
    start = max(event.start, 0)
    ready = max(event.ready, start)
    end = max(event.end, ready)
    if (start, ready, end) == (event.start, event.ready, event.end):
        return event
    return replace(event, start=start, ready=ready, end=end)


def label(names: dict[int, str], number: int) -> str:
    """The name of a coroutine, also of one that has no record, or of who else woke somebody."""
    return printable(names.get(number) or WAKERS.get(number) or f"coroutine {number}")


def in_json(value: object) -> str:
    """`value` on one line, with escapes for what is not printable; only there, as not all readers know pairs."""
    text = _encoded(value)
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else _in_ascii(each)[1:-1] for each in text)


_encoded = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_in_ascii = json.JSONEncoder().encode


def printable(text: str) -> str:
    """`text` as something that UTF-8 can encode."""
    return text.encode("utf-8", "backslashreplace").decode()


def call(event: Event) -> str:
    """The name of the call that a wait was in."""
    return printable(event.site.call) if event.site is not None else "wait"


def flow(event: Event) -> int:
    """A number of 64 bits for the arrow from who made a coroutine ready to where it runs."""
    return (event.coroutine << 44 ^ event.end) & (1 << 64) - 1


def woken(mark: Slice) -> Event | None:
    """The event by which another coroutine led to this slice: the end of an arrow."""
    event = mark.resumes
    return event if event is not None and _woken_by_coroutine(event) else None


def _woken_by_coroutine(event: Event) -> bool:
    return event.waker > 0 and event.kind in ("wait", "spawn")


def _changes_by_turn(turn: Turn) -> Iterator[tuple[int, int, int, int]]:
    first = turn.resumes is not None and turn.resumes.kind == "spawn"
    yield turn.start, 1, -1 if first else 0, 0
    yield turn.end, -1, 0, 0


def _nested(marks: Iterable[Mark]) -> Iterator[Mark]:
    """Slices that overlap without one containing the other cannot be drawn: cut what is beyond the outer one."""
    ends: dict[int, list[int]] = {}
    for mark in marks:
        if isinstance(mark, Slice):
            open_ends = ends.setdefault(mark.track, [])
            while open_ends and open_ends[-1] <= mark.start:
                open_ends.pop()
            if open_ends and open_ends[-1] < mark.end:
                mark = mark._replace(end=open_ends[-1])
            open_ends.append(mark.end)
        yield mark
