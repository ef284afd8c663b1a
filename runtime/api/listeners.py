"""Telling listeners of every change of state.

Nobody who switches asks whether somebody listens: while somebody does, the ready queue and the list of the dead are
exchanged for objects that tell. These see each change: who is appended is ready, who is taken runs, who asks whether
anybody is ready while it is parked waits, and who is put among the dead has ended.

Listeners are the program's code and may wait, which the hub and a coroutine about to switch must not do. So changes
are queued, and a coroutine of ours tells them, in order.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from ocoro.runtime import originals
from ocoro.runtime.api.coroutine import Coroutine, Past, at_home, handle_of
from ocoro.runtime.api.promise import Promise, Unseen
from ocoro.runtime.api.states import State, state_in_wait, state_of
from ocoro.runtime.coroutine import NEVER, PARKED
from ocoro.runtime.coroutine import Coroutine as Record
from ocoro.runtime.instance import scheduler
from ocoro.runtime.lock import Waiter, leave


class Change(NamedTuple):
    """A coroutine has changed its state.

    >>> import ocoro
    >>> changes = []
    >>> listener = ocoro.add_listener(changes.append)
    >>> ocoro.spawn(ocoro.sleep, 0.01, name="nap").join()
    True
    >>> ocoro.remove_listener(listener)
    >>> [f"{c.before.value} > {c.after.value}" for c in changes if c.coroutine.name == "nap"]
    ['Ready > Running', 'Running > Suspended', 'Suspended > Ready', 'Ready > Running', 'Running > Complete']
    """

    coroutine: Coroutine[Any]
    before: State
    after: State
    at: float  # seconds of time.monotonic


Listener = Callable[[Change], object]

_tally = scheduler.recorder.tally("queue")
_listeners: list[Listener] = []
_seen: dict[Record, tuple[Coroutine[Any], State]] = {}
_changes: deque[Change | Promise[None]] = deque()  # not yet told; a promise is fulfilled when its turn comes
_resting: list[Waiter] = []  # the coroutine that tells, when it has nothing to do
_teller: list[Record | None] = [None]


class Told:
    """Stands before the ready queue."""

    __slots__ = ("inner",)

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def append(self, coroutine: Record) -> None:
        """Who is ready."""
        _changed(coroutine, State.READY)
        self.inner.append(coroutine)

    def popleft(self) -> Record:
        """Who runs."""
        coroutine: Record = self.inner.popleft()
        _changed(coroutine, State.RUNNING)
        return coroutine

    def clear(self) -> None:
        """Forget all, in the child of a fork."""
        self.inner.clear()

    def __bool__(self) -> bool:
        """Asked by who is about to switch away."""
        if scheduler.at_home() and scheduler.current.parked == PARKED:
            _changed(scheduler.current, state_in_wait(scheduler.current))
        return len(self.inner) > 0

    def __len__(self) -> int:
        return len(self.inner)

    def __iter__(self) -> Iterator[Record]:
        return iter(self.inner)


class _Dead(list[Record]):
    """In place of the list of those who have ended just now."""

    def append(self, coroutine: Record, /) -> None:
        task = coroutine.task
        if type(task) is Past:
            _changed(coroutine, task.end)
        else:
            _changed(coroutine, State.ERROR if coroutine.outcome is not None else State.COMPLETE)
        _seen.pop(coroutine, None)
        super().append(coroutine)


def _changed(coroutine: Record, state: State) -> None:
    if type(coroutine) is not Record or not coroutine.number:
        return  # one of ours
    handle, before = _seen.get(coroutine) or (handle_of(coroutine), State.READY)
    _seen[coroutine] = handle, state
    if before is not state:
        _changes.append(Change(handle, before, state, originals.monotonic()))
        _wake()


def _wake() -> None:
    if _resting:
        _resting.pop().wake()


def add_listener(listener: Listener) -> Listener:
    """Have `listener` called with a `Change` for every change of state from now on; returns it. From any thread.

    It is called a little later, in the order of the changes, in a coroutine of ocoro's own, and may wait. One that
    raises is removed, and its error goes to `sys.unraisablehook`. In the child of a fork nobody listens. Without
    listeners nothing costs; with one, each switch takes some microseconds more. See `Change` for an example.

    >>> import ocoro
    >>> listener = ocoro.add_listener([].append)
    >>> ocoro.remove_listener(listener)
    """
    at_home(lambda: _add(listener))
    return listener


def _add(listener: Listener) -> None:
    _listeners.append(listener)
    if len(_listeners) == 1:
        _seen.update((each, (handle_of(each), state_of(each))) for each in tuple(scheduler.coroutines))
        scheduler.exchange_ready(Told(scheduler.ready))
        scheduler.dead = _Dead(scheduler.dead)
        scheduler.admit(Record(scheduler.hub.greenlet, _tell))


def remove_listener(listener: Listener) -> None:
    """Call `listener` no more; it has been told of everything up to now. From any thread.

    Raises ValueError if it was not added.

    >>> import ocoro
    >>> ocoro.remove_listener(print)
    Traceback (most recent call last):
    ValueError: <built-in function print> does not listen
    """
    if listener not in _listeners:
        raise ValueError(f"{listener!r} does not listen")
    if at_home(lambda: scheduler.current) is not _teller[0]:
        told: Promise[None] = Promise()
        _changes.append(told)
        _wake()
        told.join()
    at_home(lambda: _remove(listener))


def _remove(listener: Listener) -> None:
    if listener in _listeners:
        _listeners.remove(listener)
    if not _listeners:
        _stop()


def _stop() -> None:
    """Nobody listens any more."""
    queue: Any = scheduler.ready
    if type(queue) is Told:
        scheduler.exchange_ready(queue.inner)
        scheduler.dead = list(scheduler.dead)
    _seen.clear()
    _changes.clear()
    _wake()


def _tell() -> None:
    """What the coroutine does that tells the listeners."""
    _teller[0] = scheduler.current
    while _listeners:
        if _changes:
            _tell_one(_changes.popleft())
        else:
            waiter = Waiter(scheduler.me())
            _resting.append(waiter)
            if _changes:  # from a destructor, before
                leave(_resting, waiter)
                waiter.stay()
            else:
                waiter.wait(NEVER, _tally)


def _tell_one(change: Change | Promise[None]) -> None:
    if isinstance(change, Promise):
        change.settle(None, None)
        return
    for listener in tuple(_listeners):
        try:
            listener(change)
        except BaseException as error:
            Unseen(error)
            _remove(listener)


def _forget() -> None:
    """In the child of a fork."""
    _listeners.clear()
    _resting.clear()
    _stop()


os.register_at_fork(after_in_child=_forget)
