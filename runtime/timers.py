"""Deadlines of parked coroutines: a heap that holds at most one entry per coroutine.

A socket time-out is set for every wait and nearly never comes due. So a deadline is only a field of the coroutine; the
heap entry of an earlier wait is left where it is, and when it comes up it is moved to the deadline that holds then.
A thousand waits of thirty seconds each cost one heap operation, not a thousand insertions and removals.

The heap holds bare floats, which compare fast. Those who are due at the very same time stand in one queue behind it, in
the order of their waits.

# Invariant: a coroutine parked with a deadline has a live entry due at or before it (`coroutine.alarm <= deadline`).
"""

from __future__ import annotations

from _collections import deque
from _heapq import heapify, heappop, heappush

from ocoro.runtime.coroutine import NEVER, Coroutine

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

_DEAD_TOLERATED = 1000  # entries without a coroutine before the heap is rebuilt


class Timers:
    """Times are seconds of the scheduler's clock."""

    __slots__ = ("_dead", "_heap", "_whose")

    def __init__(self) -> None:
        self._heap: list[float] = []
        self._whose: dict[float, Any] = {}  # due -> a coroutine, or a queue of several
        self._dead = 0

    def add(self, coroutine: Coroutine, due: float) -> None:
        """Make sure that `coroutine` is looked at when `due` has come; call it only when `due < coroutine.alarm`."""
        if coroutine.alarm != NEVER:
            self._drop(coroutine)
        other = self._whose.setdefault(due, coroutine)
        if type(other) is deque:
            other.append(coroutine)
        elif other is not coroutine:
            self._whose[due] = deque((other, coroutine))
        else:
            heappush(self._heap, due)
        coroutine.alarm = due  # last: before that there may be no memory

    def next_due(self) -> float:
        """The time at which `expire` has something to look at; NEVER when there is nothing."""
        return self._heap[0] if self._heap else NEVER

    def count_due(self, now: float) -> int:
        """About how many coroutines have a deadline that has passed. From any thread."""
        return sum(due <= now for due in tuple(self._heap))

    def expire(self, now: float, most: int) -> list[Coroutine]:
        """Return parked coroutines whose deadline has passed, earliest first; no more times once there are `most`."""
        heap, whose = self._heap, self._whose
        expired: list[Coroutine] = []
        while heap and heap[0] <= now and len(expired) < most:
            due = heappop(heap)
            coroutine = whose.pop(due, None)
            if coroutine is None:
                self._dead -= 1
            elif type(coroutine) is deque:
                for each in coroutine:
                    if each.alarm == due:
                        self._look_at(each, now, expired)
            else:
                self._look_at(coroutine, now, expired)
        return expired

    def _look_at(self, coroutine: Coroutine, now: float, expired: list[Coroutine]) -> None:
        coroutine.alarm = NEVER
        if coroutine.parked:
            if coroutine.deadline <= now:
                expired.append(coroutine)
            elif coroutine.deadline != NEVER:
                self.add(coroutine, coroutine.deadline)

    def mend(self, coroutines: Iterable[Coroutine]) -> None:
        """After an error in the middle: make sure that each of these that is parked is looked at when it is due."""
        for coroutine in coroutines:
            if coroutine.parked and coroutine.deadline != NEVER and coroutine.alarm not in self._whose:
                coroutine.alarm = NEVER
                self.add(coroutine, coroutine.deadline)
        self._heap = sorted(self._whose)
        self._dead = 0

    def forget(self, coroutine: Coroutine) -> None:
        """Drop a finished coroutine, so that an old time-out does not keep it in memory."""
        if coroutine.alarm != NEVER:
            self._drop(coroutine)
            if self._dead > _DEAD_TOLERATED and self._dead > len(self._heap) // 2:
                self._heap = list(self._whose)
                heapify(self._heap)
                self._dead = 0

    def _drop(self, coroutine: Coroutine) -> None:
        if self._whose.get(coroutine.alarm) is coroutine:
            del self._whose[coroutine.alarm]
            self._dead += 1
        coroutine.alarm = NEVER
