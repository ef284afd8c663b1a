"""Coroutines against time, drawn with characters: a row for each, and in each cell what it did for most of that time.

Only one coroutine is on the thread at a time. So one that was started or preempted does not run before the coroutine
that has the thread gives it up: until then it is late.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ocoro.cli.recorded.model import MAIN
from ocoro.cli.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ocoro.cli.recorded.model import CoroutineRecord, Event, Run

STATES = ("blocked", "running", "late", "waiting")  # of two that took equally long, the first is drawn
MARKS = {
    True: {"blocked": "╬", "running": "█", "late": "░", "waiting": "─"},
    False: {"blocked": "B", "running": "R", "late": "l", "waiting": "w"},
}
COLOURS = {"blocked": "31", "running": "32", "late": "33", "waiting": "2"}  # SGR parameters
NAME_LEAST, NAME_MOST = 8, 28  # characters
CELLS_LEAST = 10
TICK_LEAST = 12  # characters from one tick to the next
FRAME = 3  # lines beside the rows: the axis, how many more there are, the legend

Span = tuple[int, int, str]  # from, to, state


@dataclass(slots=True)
class Life:
    """What is known of one coroutine."""

    number: int
    name: str = ""
    begin: int | None = None  # None: before what is recorded
    end: int | None = None  # None: it lives
    spans: list[Span] = field(default_factory=list)  # by time
    is_queued: bool = False  # it begins as one that was started by another

    @property
    def busy(self) -> int:
        """Nanoseconds on the thread."""
        return sum(end - begin for begin, end, state in self.spans if state in ("running", "blocked"))


def draw(run: Run, width: int, height: int | None, colour: bool, unicode: bool) -> str:
    """At most `width` characters wide and `height` lines high; None for a line for each coroutine."""
    lives, begin = lives_of(run), _begin(run)
    if not lives:
        return "there is nothing to draw: no coroutine and no event is recorded\n"
    most = len(lives) if height is None else max(1, height - FRAME)
    chosen = _chosen(lives, most)
    names = [f"{life.number} {visible(life.name)}".rstrip() for life in chosen]
    margin = max(NAME_LEAST, min(NAME_MOST, width // 3, max(map(len, names))))
    cells = max(CELLS_LEAST, width - margin - 1)
    end = max(run.wall, begin + cells)
    lines = [" " * (margin + 1) + _axis(begin, end, cells)]
    for name, life in zip(names, chosen, strict=True):
        lines.append(f"{_fitted(name, margin, unicode)} {_painted(_strip(life, begin, end, cells), colour, unicode)}")
    if len(chosen) < len(lives):
        lines.append(f"and {len(lives) - len(chosen):,} more")
    lines.append(_legend(colour, unicode))
    return "".join(f"{line.rstrip()}\n" for line in lines)


def lives_of(run: Run) -> list[Life]:
    """The coroutines of the time that is recorded, in the order in which they began, with what each did when."""
    lives: dict[int, Life] = {}
    for record in run.coroutine_records:
        lives[record.number] = Life(record.number, record.name, record.started, record.ended, is_queued=True)
    by_coroutine: dict[int, list[Event]] = {}
    for event in run.events:
        by_coroutine.setdefault(event.coroutine, []).append(event)
        life = lives.setdefault(event.coroutine, Life(event.coroutine))
        if event.kind == "spawn":
            life.begin, life.is_queued = event.start, True
        elif event.kind == "end":
            life.end = event.end
    if MAIN in lives:
        lives[MAIN].begin, lives[MAIN].is_queued = 0, False
    records = {record.number: record for record in run.coroutine_records}
    stops, begin = sorted(_stops(run)), _begin(run)
    for number, life in lives.items():
        events = sorted(by_coroutine.get(number, ()), key=lambda event: event.start)
        life.spans = list(_spans(life, events, records.get(number), stops, run.wall, begin))
    seen = (life for life in lives.values() if life.end is None or life.end >= begin)
    return sorted(seen, key=lambda life: (life.begin or 0, life.number))


def _begin(run: Run) -> int:
    """From when on all events are there."""
    return min((event.end for event in run.events), default=0) if run.dropped else 0


def _stops(run: Run) -> Iterator[tuple[int, int]]:
    """When a coroutine gave up the thread, and which."""
    for event in run.events:
        if event.kind in ("wait", "end", "preempt"):
            yield event.start, event.coroutine


def _spans(
    life: Life, events: list[Event], record: CoroutineRecord | None, stops: list[tuple[int, int]], now: int, begin: int
) -> Iterator[Span]:
    """What a coroutine did from the start of the recording to its end, or until now."""
    at = begin if life.begin is None else max(life.begin, begin)
    is_queued = life.is_queued and life.begin is not None and life.begin >= begin
    for event in events:
        if event.kind not in ("wait", "blocked", "preempt") or event.end < at:
            continue
        yield from _on_thread(at, event.start, is_queued, stops)
        if event.kind == "wait":
            yield max(event.start, at), event.ready, "waiting"
            yield max(event.ready, at), event.end, "late"
        elif event.kind == "blocked":
            yield max(event.start, at), event.end, "blocked"
        at, is_queued = event.end, event.kind == "preempt"
    if life.end is not None:
        yield from _on_thread(at, life.end, is_queued, stops)
    elif record is not None:
        since = now if record.state == "running" else max(at, record.since)
        yield from _on_thread(at, since, is_queued, stops)
        yield since, now, {"ready": "late"}.get(record.state, record.state)
    else:
        yield from _on_thread(at, now, is_queued, stops)


def _on_thread(begin: int, end: int, is_queued: bool, stops: list[tuple[int, int]]) -> Iterator[Span]:
    """The time between two waits: running, but one that was queued gets the thread when another gives it up."""
    got = begin
    if is_queued:
        position = bisect_left(stops, (end, 0)) - 1
        if position >= 0:
            got = max(begin, min(end, stops[position][0]))
    yield begin, got, "late"
    yield got, end, "running"


def _chosen(lives: list[Life], most: int) -> list[Life]:
    """Main and the busiest, or of equally busy ones those that lived longest; in the order in which they began."""
    if len(lives) <= most:
        return lives

    def weight(life: Life) -> tuple[bool, int, int]:
        return life.number == MAIN, life.busy, sum(end - begin for begin, end, _ in life.spans)

    kept = {id(life) for life in sorted(lives, key=weight, reverse=True)[:most]}
    return [life for life in lives if id(life) in kept]


def _strip(life: Life, begin: int, end: int, cells: int) -> list[str]:
    """For each cell the state that took most of its time; empty where the coroutine did not live."""
    times: list[dict[str, float]] = [{} for _ in range(cells)]
    size = (end - begin) / cells
    for start, stop, state in life.spans:
        if stop <= start or stop <= begin:
            continue
        first, last = (max(start, begin) - begin) / size, (min(stop, end) - begin) / size
        for cell in range(int(first), min(cells, int(last) + 1)):
            share = min(last, cell + 1) - max(first, cell)
            times[cell][state] = times[cell].get(state, 0.0) + share
    return [_dominating(each) for each in times]


def _dominating(times: dict[str, float]) -> str:
    return max(STATES, key=lambda state: times.get(state, 0.0)) if any(times.values()) else ""


def _painted(states: Iterable[str], colour: bool, unicode: bool) -> str:
    """The cells as characters, with a colour for each run of equal ones."""
    from itertools import groupby

    marks = MARKS[unicode]
    return "".join(
        _in_colour(marks.get(state, " ") * len(list(cells)), state, colour) for state, cells in groupby(states)
    )


def _in_colour(text: str, state: str, colour: bool) -> str:
    return f"\x1b[{COLOURS[state]}m{text}\x1b[0m" if colour and state else text


def _axis(begin: int, end: int, cells: int) -> str:
    """Ticks, each with its time from the start of the run behind it."""
    step = _step((end - begin) / max(1, cells // TICK_LEAST))
    line = ""
    for tick in range(-(-begin // step) * step, end, step):
        at = (tick - begin) * cells // (end - begin)
        label = f"|{_time(tick)}"
        if at + len(label) <= cells:
            line = line.ljust(at) + label
    return line


def _step(least: float) -> int:
    """The first of 1, 2, 5, 10, 20, ... nanoseconds that is not less."""
    step, factors = 1, (2.0, 2.5, 2.0)
    position = 0
    while step < least:
        step = round(step * factors[position % 3])
        position += 1
    return step


def _time(time: int) -> str:
    """A time in the largest unit that it is at least one of, with all its digits."""
    for size, unit in ((10**9, "s"), (10**6, "ms"), (10**3, "us"), (1, "ns")):
        if time >= size:
            return f"{time / size:.12g} {unit}"
    return "0"


def _fitted(name: str, width: int, unicode: bool) -> str:
    """The name in exactly this many characters of the terminal."""
    from rich.cells import cell_len, set_cell_size

    text = name if unicode else name.encode("ascii", "replace").decode()
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    return set_cell_size(text, width - 1) + ("…" if unicode else "~")


def _legend(colour: bool, unicode: bool) -> str:
    marks = MARKS[unicode]
    return "  ".join(f"{_in_colour(marks[state], state, colour)} {state}" for state in reversed(STATES))
