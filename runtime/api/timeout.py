"""A limit of time around any blocking code.

Each coroutine that uses time-outs has one `Clock`. It looks like a parked coroutine to the timers and the hub, which
know nothing of time-outs, and its entry in the heap of timers stays there when a block is left in time. So most blocks
cost no operation on the heap, as most waits with a time-out do not.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any

from ocoro.runtime import originals
from ocoro.runtime.api.coroutine import handle_of
from ocoro.runtime.coroutine import NEVER, PARKED
from ocoro.runtime.coroutine import Coroutine as Record
from ocoro.runtime.errors import Cancelled
from ocoro.runtime.instance import scheduler
from ocoro.runtime.interrupts import interrupt

_monotonic = originals.monotonic


class _Expired(Cancelled):
    """On its way to the block whose time is over, where it becomes a TimeoutError."""


_Expired.__name__ = _Expired.__qualname__ = "Cancelled"  # the program sees no difference


class Clock(Record):
    """Goes off when the time of one of a coroutine's blocks is over."""

    __slots__ = ("_coroutine", "blocks")

    def __init__(self, coroutine: Record) -> None:
        super().__init__(None)
        self.greenlet = self  # whoever takes it from the ready queue calls `switch`
        self.parked = PARKED
        self._coroutine = coroutine
        self.blocks: list[timeout] = []  # that the coroutine is in, outermost first

    def set(self, due: float) -> None:
        """Go off at `due`, or when it would have gone off before."""
        if due < self.deadline:
            self.deadline = due
            if due < self.alarm:
                scheduler.timers.add(self, due)

    def leave(self, block: timeout) -> None:
        """The coroutine has left `block`."""
        blocks = self.blocks
        if blocks and blocks[-1] is block:
            blocks.pop()
        elif block in blocks:
            blocks.remove(block)
        self.deadline = min([each.due for each in blocks]) if blocks else NEVER

    def withdraw(self, error: BaseException) -> None:
        """Do not raise `error` if that has not been done yet."""
        handle_of(self._coroutine).withdraw(error)

    def switch(self) -> None:
        """It goes off: interrupt the coroutine, and have the hub go on."""
        self.parked = PARKED
        now = _monotonic()
        due = NEVER
        for block in self.blocks:
            if block.due <= now:
                block.go_off(self._coroutine)
            due = min(due, block.due)
        self.deadline = NEVER
        self.set(due)
        scheduler.current = scheduler.hub
        scheduler.hub.greenlet.switch()  # type: ignore[union-attr]

    def wind_up(self) -> None:
        """In the child of a fork, where the timers are new."""
        due, self.deadline, self.alarm, self.parked = self.deadline, NEVER, NEVER, PARKED
        self.set(due)


class timeout:
    """The block may take so many seconds; when they are over, the call that it waits in is cancelled.

    At the border of the block that becomes a TimeoutError. Inside it is a `Cancelled`, as in `Coroutine.cancel`, whose
    rules for what waits and what computes hold here, too. Blocks may be nested; the error is always that of the block
    whose time is over. A block that ends before it is cancelled has succeeded, however long it took. None sets no
    limit.

    Raises RuntimeError on a thread that carries no coroutines.

    >>> import ocoro
    >>> with ocoro.timeout(60):
    ...     ocoro.sleep(0.01)
    >>> with ocoro.timeout(0.01):
    ...     ocoro.sleep(60)
    Traceback (most recent call last):
    TimeoutError: 0.01 s are over
    """

    __slots__ = ("_clock", "_error", "due", "seconds")

    def __init__(self, seconds: float | None) -> None:
        if seconds is not None and not isinstance(seconds, (int, float)):
            raise TypeError(f"seconds must be a number or None, not {type(seconds).__name__}")
        self.seconds = seconds
        self.due = NEVER
        self._clock: Any = None
        self._error: _Expired | None = None

    def __enter__(self) -> timeout:
        me = scheduler.me()
        if me is None:
            raise RuntimeError("a real thread cannot be interrupted: timeout() works in coroutines only")
        if self._clock is not None:
            raise RuntimeError("a timeout() can be used once")
        task = me.task or handle_of(me)
        clock = self._clock = task.clock
        if clock is None:
            clock = self._clock = task.clock = Clock(me)
        clock.blocks.append(self)
        if self.seconds is not None:
            self.due = due = _monotonic() + self.seconds
            if due < clock.deadline:
                clock.set(due)
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: TracebackType | None) -> None:
        self._clock.leave(self)
        if self._error is not None:
            self._settle(error)

    def go_off(self, coroutine: Record) -> None:
        """The time is over."""
        self.due = NEVER
        self._error = _Expired(f"{self.seconds} s are over")
        interrupt(coroutine, self._error)

    def _settle(self, error: BaseException | None) -> None:
        """The block was left after its time was over, by `error`."""
        expired = self._error
        assert expired is not None
        self._clock.withdraw(expired)
        if error is expired:
            raise TimeoutError(str(expired)) from error
