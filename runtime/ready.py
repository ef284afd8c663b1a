"""The ready queue once somebody has a priority.

Without priorities the queue is a plain deque, and a switch can afford no question whether there are any. So the
scheduler's queue is exchanged when the first priority comes.
"""

from __future__ import annotations

from _heapq import heappop, heappush
from itertools import count

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from ocoro.runtime.coroutine import Coroutine

TURNS_PER_STEP = 100  # so many turns of others one step of priority is worth


class Ranked:
    """Stands before the plain queue: the smaller priority runs first, and whoever waits gains on the others.

    A coroutine of priority p is let in front of those that have been ready for less than p times `TURNS_PER_STEP`
    turns. So it waits for a bounded number of turns, whoever else comes.
    """

    __slots__ = ("_heap", "_order", "_plain", "_turns")

    def __init__(self, plain: Any) -> None:
        self._plain = plain  # still has whom another thread appends that was about to when we came
        self._heap: list[tuple[int, int, Coroutine]] = []
        self._order = count()
        self._turns = 0

    def append(self, coroutine: Coroutine) -> None:
        """Who has become ready."""
        if self._plain:
            self._adopt()
        self._push(coroutine)

    def popleft(self) -> Coroutine:
        """Whose turn it is. Raises IndexError if nobody is ready."""
        if self._plain:
            self._adopt()
        self._turns += 1
        return heappop(self._heap)[2]

    def _adopt(self) -> None:
        try:
            while True:
                self._push(self._plain.popleft())
        except IndexError:
            return

    def _push(self, coroutine: Coroutine) -> None:
        rank = 0 if coroutine.task is None else coroutine.task.priority
        heappush(self._heap, (self._turns + TURNS_PER_STEP * rank, next(self._order), coroutine))

    def clear(self) -> None:
        """Forget all, in the child of a fork."""
        self._plain.clear()
        self._heap.clear()

    def __len__(self) -> int:
        return len(self._plain) + len(self._heap)

    def __iter__(self) -> Iterator[Coroutine]:
        return iter([*self._plain, *(coroutine for _, _, coroutine in self._heap)])
