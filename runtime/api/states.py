"""The states of a coroutine, and which may follow which."""

from __future__ import annotations

from enum import Enum

from ocoro.runtime.coroutine import PARKED, Coroutine
from ocoro.runtime.instance import scheduler


class State(Enum):
    """What a coroutine does just now.

    >>> import ocoro
    >>> coroutine = ocoro.spawn(ocoro.sleep, 0.01)
    >>> coroutine.state
    <State.READY: 'Ready'>
    >>> coroutine.join()
    True
    >>> coroutine.state.is_final
    True
    """

    READY = "Ready"  # it may run, and waits for its turn
    RUNNING = "Running"  # it has the thread
    SYSCALL = "Syscall"  # it waits in a call for the kernel or for a real thread: for an fd, a child, a name
    SUSPENDED = "Suspended"  # it waits for a time, a lock, or another coroutine
    COMPLETE = "Complete"  # its function has returned
    ERROR = "Error"  # its function has raised
    CANCELLED = "Cancelled"  # its function was left by `Cancelled`

    @property
    def is_final(self) -> bool:
        """Whether it has ended, and no other state follows."""
        return not LEGAL[self]


LEGAL: dict[State, frozenset[State]] = {
    State.READY: frozenset({State.RUNNING}),
    State.RUNNING: frozenset(
        {State.READY, State.SYSCALL, State.SUSPENDED, State.COMPLETE, State.ERROR, State.CANCELLED}
    ),
    State.SYSCALL: frozenset({State.READY}),
    State.SUSPENDED: frozenset({State.READY}),
    State.COMPLETE: frozenset(),
    State.ERROR: frozenset(),
    State.CANCELLED: frozenset(),
}

_NOT_THE_KERNEL = {"sleep", "lock", "queue", "semaphore", "join"}  # kinds of waits that are ended without it


def state_of(coroutine: Coroutine) -> State:
    """The state of one that has not ended."""
    if coroutine.parked == PARKED:
        return state_in_wait(coroutine)
    return State.RUNNING if coroutine is scheduler.current else State.READY


def state_in_wait(coroutine: Coroutine) -> State:
    """What the wait of `coroutine` is: SYSCALL or SUSPENDED."""
    site = coroutine.site
    return State.SUSPENDED if site is None or site.tally.name in _NOT_THE_KERNEL else State.SYSCALL
