"""What will have come of a coroutine or of a job, and waiting for that."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Generic, TypeVar

from ocoro.runtime import originals
from ocoro.runtime.api.states import State
from ocoro.runtime.coroutine import NEVER
from ocoro.runtime.errors import Cancelled
from ocoro.runtime.frames import without_ours
from ocoro.runtime.instance import scheduler
from ocoro.runtime.lock import Waiter, leave

T = TypeVar("T")
P = TypeVar("P", bound="Promise[Any]")

_tally = scheduler.recorder.tally("join")


def deadline_after(timeout: float | None) -> float:
    """The time of the scheduler's clock at which `timeout` seconds are over; NEVER for None."""
    return NEVER if timeout is None else originals.monotonic() + timeout


class _Bell(Waiter):
    """Waits for one of several, any of which may ring."""

    __slots__ = ()

    def wake(self) -> None:
        try:
            super().wake()
        except RuntimeError:
            pass  # another one has opened the gate of this thread already


class Unseen:
    """An error that nobody has asked for: reported as one that is ignored when it is forgotten."""

    __slots__ = ("error",)

    def __init__(self, error: BaseException) -> None:
        self.error: BaseException | None = error

    def __del__(self) -> None:
        if self.error is not None:
            raise self.error


class Promise(Generic[T]):
    """Something that will end by a value or by an error: a `Coroutine`, or a `Job` of a `Pool`."""

    __slots__ = ("_end", "_error", "_unseen", "_value", "_waiters")

    def __init__(self) -> None:
        self._end: State | None = None  # Complete, Error or Cancelled
        self._value: Any = None
        self._error: BaseException | None = None
        self._unseen: Unseen | None = None
        self._waiters: list[Waiter] = []

    @property
    def done(self) -> bool:
        """Whether it has ended.

        >>> import ocoro
        >>> ocoro.spawn(int).done
        False
        """
        return self._end is not None

    def join(self, timeout: float | None = None) -> bool:
        """Wait until it has ended, at most `timeout` seconds; returns whether it has. From any thread.

        Raises RuntimeError if a coroutine would wait for itself.

        >>> import ocoro
        >>> ocoro.spawn(ocoro.sleep, 60).join(timeout=0.01)
        False
        """
        try:
            wait_any([self], timeout)
        except TimeoutError:
            return False
        return True

    def result(self, timeout: float | None = None) -> T:
        """Wait until it has ended, at most `timeout` seconds, and return what its function returned. From any thread.

        Raises what its function raised, `ocoro.Cancelled` if it was cancelled, and TimeoutError if it has not ended in
        time.

        >>> import ocoro
        >>> ocoro.spawn(divmod, 7, 2).result()
        (3, 1)
        >>> ocoro.spawn(int, "seven").result()
        Traceback (most recent call last):
        ValueError: invalid literal for int() with base 10: 'seven'
        """
        wait_any([self], timeout)
        error = self._error
        if error is not None:
            self.forgive()
            raise error
        value: T = self._value
        return value

    def forgive(self) -> None:
        """Somebody has seen the error, or does not care for it: it is not reported when it is forgotten."""
        if self._unseen is not None:
            self._unseen.error = None

    def settle(self, value: Any, error: BaseException | None) -> None:
        """It has ended, by `value` or `error`: let those go on who wait for that."""
        self._value, self._error = value, error
        if error is not None:
            error.__traceback__ = without_ours(error.__traceback__)
        if error is None:
            self._end = State.COMPLETE
        elif isinstance(error, Cancelled):
            self._end = State.CANCELLED
        else:
            self._unseen = Unseen(error)
            self._end = State.ERROR
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            waiter.wake()

    def _refuse_self(self) -> None:
        """Raise RuntimeError where waiting would be for oneself."""


def wait_any(promises: Iterable[P], timeout: float | None = None) -> P:
    """Wait until one of several coroutines or jobs has ended, and return it. From any thread.

    If several have, it is the first of these in the order given. Raises TimeoutError if none has in `timeout` seconds,
    and ValueError if there is none to wait for.

    >>> import ocoro
    >>> slow, quick = ocoro.spawn(ocoro.sleep, 60), ocoro.spawn(ocoro.sleep, 0.01)
    >>> ocoro.wait_any([slow, quick]) is quick
    True
    """
    several = list(promises)
    if not several:
        raise ValueError("there is nothing to wait for")
    return _first(several) or _wait(several, deadline_after(timeout))


def _first(several: list[P]) -> P | None:
    return next((each for each in several if each._end is not None), None)


def _wait(several: list[P], deadline: float) -> P:
    for each in several:
        each._refuse_self()
    bell = _Bell(scheduler.me())
    joined = [each._waiters for each in several]
    for waiters in joined:
        waiters.append(bell)
    try:
        in_time = True
        while True:
            ended = _first(several)
            if ended is not None:
                return ended
            if not in_time:
                raise TimeoutError("none has ended in time" if len(several) > 1 else "it has not ended in time")
            in_time = bell.wait(deadline, _tally)
            bell.prepare()
    finally:
        for waiters in joined:
            leave(waiters, bell)
        bell.stay()


def wait_all(promises: Iterable[Promise[Any]], timeout: float | None = None) -> None:
    """Wait until all of several coroutines or jobs have ended. From any thread.

    Raises TimeoutError if they have not in `timeout` seconds.

    >>> import ocoro
    >>> both = [ocoro.spawn(ocoro.sleep, 0.01), ocoro.spawn(ocoro.sleep, 0.02)]
    >>> ocoro.wait_all(both)
    >>> [each.done for each in both]
    [True, True]
    """
    deadline = deadline_after(timeout)
    for each in list(promises):
        if each._end is None:
            _wait([each], deadline)
