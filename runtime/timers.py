"""Deadlines of parked coroutines: a heap that holds about one entry per coroutine.

A socket time-out is set for every wait and nearly never comes due. So a deadline is only a field of the coroutine; the
heap entry of an earlier wait is left where it is, and when it comes up it is moved to the deadline that holds then.
A thousand waits of thirty seconds each cost one heap operation, not a thousand insertions and removals.

# Invariant: a coroutine parked with a deadline has a live entry due at or before it (`coroutine.alarm <= deadline`).
"""

from __future__ import annotations

from _heapq import heapify, heappop, heappush

from ocoro.runtime.coroutine import NEVER, Coroutine

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from typing import Any


_DEAD_TOLERATED = 1000  # entries of finished coroutines before the heap is rebuilt


class Timers:
    """Entries are [due, order, coroutine or None]; equal times come due in the order of their waits."""

    __slots__ = ("_dead", "_heap", "_order")

    def __init__(self) -> None:
        self._heap: list[list[Any]] = []
        self._order = 0
        self._dead = 0

    def add(self, coroutine: Coroutine, due: float) -> None:
        """Make sure that `coroutine` is looked at when `due` has come; call it only when `due < coroutine.alarm`."""
        if coroutine.entry is not None:
            self._kill(coroutine.entry)
        self._order = order = self._order + 1
        entry = [due, order, coroutine]
        coroutine.alarm = due
        coroutine.entry = entry
        heappush(self._heap, entry)

    def next_due(self) -> float:
        """The time at which `expire` has something to look at; NEVER when there is nothing."""
        return self._heap[0][0] if self._heap else NEVER

    def expire(self, now: float) -> list[Coroutine]:
        """Return the parked coroutines whose deadline has passed, earliest first."""
        heap = self._heap
        expired = []
        while heap and heap[0][0] <= now:
            entry = heappop(heap)
            coroutine = entry[2]
            if coroutine is None:
                self._dead -= 1
                continue
            coroutine.entry = None
            coroutine.alarm = NEVER
            if coroutine.parked and coroutine.deadline <= now:
                expired.append(coroutine)
            elif coroutine.parked and coroutine.deadline is not NEVER:
                self.add(coroutine, coroutine.deadline)
        return expired

    def forget(self, coroutine: Coroutine) -> None:
        """Drop a finished coroutine, so that an old time-out does not keep it in memory."""
        if coroutine.entry is not None:
            self._kill(coroutine.entry)
            coroutine.entry = None
            if self._dead > _DEAD_TOLERATED and self._dead > len(self._heap) // 2:
                self._heap = [entry for entry in self._heap if entry[2] is not None]
                heapify(self._heap)
                self._dead = 0

    def _kill(self, entry: list[Any]) -> None:
        entry[2] = None
        self._dead += 1

    def clear(self) -> None:
        """Forget every entry (in the child of a fork)."""
        self._heap.clear()
        self._dead = 0
