"""Whose turn it was when: who had the thread. It is not recorded; it follows, as only one coroutine runs at a time.

A turn lasts from the end of a wait to the start of the next. A coroutine that was just started, or that went on after a
preemption, has no such end of a wait: it has had the thread since that was free, or since it was started.
"""

from __future__ import annotations

from heapq import merge
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ocoro.cli.recorded.model import Event

NOBODY = 0
LEAVES, STAYS, COMES = range(3)  # what an event says about who has the thread; at equal times in this order
AT_START = {"wait": LEAVES, "waiting": LEAVES, "blocked": LEAVES}
AT_END = {"end": LEAVES, "preempt": STAYS, "spawn": STAYS, "wait": COMES, "blocked": COMES, "running": STAYS}


class Turn(NamedTuple):
    """A coroutine has the thread; `resumes` is the wait or the spawn that led to it, where that is known."""

    start: int
    end: int
    coroutine: int
    resumes: Event | None


class _Switch(NamedTuple):
    time: int
    says: int  # LEAVES, STAYS or COMES
    coroutine: int
    event: Event


def end_order(event: Event) -> tuple[int, int]:
    """Sorts events by end as `turns` needs them."""
    return event.end, AT_END.get(event.kind, COMES)


def turns(by_start: Iterable[Event], by_end: Iterable[Event], begin: int, now: int) -> Iterator[Turn]:
    """The turns between two times, in order. The events come twice: sorted by start, and sorted by `end_order`."""
    last: Turn | None = None
    for turn in _pieces(merge(_starts(by_start), _ends(by_end), key=itemgetter(0, 1)), begin, now):
        if last is not None and turn.coroutine == last.coroutine and turn.start == last.end:
            last = last._replace(end=turn.end)
            continue
        if last is not None:
            yield last
        last = turn
    if last is not None:
        yield last


def _starts(by_start: Iterable[Event]) -> Iterator[_Switch]:
    for event in by_start:
        if event.kind in AT_START:
            yield _Switch(event.start, AT_START[event.kind], event.coroutine, event)


def _ends(by_end: Iterable[Event]) -> Iterator[_Switch]:
    for event in by_end:
        if event.kind in AT_END:
            who = event.waker if event.kind == "spawn" else event.coroutine
            yield _Switch(event.end, AT_END[event.kind], who, event)


def _pieces(switches: Iterable[_Switch], begin: int, now: int) -> Iterator[Turn]:
    thread = _Thread(begin)
    for switch in switches:
        yield from thread.turns_before(switch)
    yield from thread.turn_until(now)


class _Thread:
    """Who has the thread, from switch to switch."""

    def __init__(self, begin: int) -> None:
        self._holder = NOBODY  # as far as one knows
        self._since = begin
        self._resumes: Event | None = None
        self._spawned: dict[int, Event] = {}  # those that have not had a turn
        self._away: set[int] = set()  # suspended, or ended
        self._again: set[int] = set()  # suspended again at the time at which it is to come

    def turns_before(self, switch: _Switch) -> Iterator[Turn]:
        """Who leaves or stays has had the thread up to now; before another comes, it is who came last."""
        if switch.event.kind == "spawn":
            self._spawned[switch.event.coroutine] = switch.event
        if switch.coroutine <= NOBODY or self._changes_nothing(switch):
            return
        there = self._holder if switch.says == COMES else switch.coroutine
        if self._holder not in (NOBODY, there):  # it has lost the thread, one cannot tell when: show that it came
            yield Turn(self._since, self._since, self._holder, self._resumes)
            self._resumes = None
        if there in self._spawned:
            self._resumes = self._spawned.pop(there)
            self._since = max(self._since, self._resumes.end)
        self._holder = there
        yield from self.turn_until(switch.time)
        self._hand_over(switch)

    def turn_until(self, time: int) -> Iterator[Turn]:
        """The turn of who has the thread, if somebody has."""
        if self._holder != NOBODY and time > self._since:
            yield Turn(self._since, time, self._holder, self._resumes)

    def _changes_nothing(self, switch: _Switch) -> bool:
        """Whether a coroutine only comes to leave at the same time; it then leaves before it comes."""
        if switch.says == LEAVES and switch.coroutine in self._away:
            self._again.add(switch.coroutine)
            return True
        if switch.says == COMES and switch.coroutine in self._again:
            self._again.discard(switch.coroutine)
            return True
        return False

    def _hand_over(self, switch: _Switch) -> None:
        self._since = max(self._since, switch.time)
        self._resumes = switch.event if switch.event.kind == "wait" and switch.says == COMES else None
        if switch.says == LEAVES:
            self._holder = NOBODY
            self._away.add(switch.coroutine)
        else:
            self._holder = switch.coroutine
            self._away.discard(switch.coroutine)
