"""A pool of coroutines that do jobs, one after the other."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from types import TracebackType
from typing import Any, TypeVar, TypeVarTuple

from ocoro.runtime import originals
from ocoro.runtime.api.calls import spawn
from ocoro.runtime.api.coroutine import Coroutine, at_home, handle_of
from ocoro.runtime.api.promise import Promise, T, deadline_after, wait_all
from ocoro.runtime.api.states import State
from ocoro.runtime.coroutine import NEVER
from ocoro.runtime.errors import Cancelled
from ocoro.runtime.instance import scheduler
from ocoro.runtime.interrupts import interrupt
from ocoro.runtime.lock import Waiter, leave

R = TypeVar("R")
Ts = TypeVarTuple("Ts")

_tally = scheduler.recorder.tally("queue")
_numbers = count(1)


class Job(Promise[T]):
    """A call that a `Pool` makes, or will make.

    >>> import ocoro
    >>> with ocoro.Pool() as pool:
    ...     job = pool.submit(pow, 2, 10)
    >>> job.result()
    1024
    """

    __slots__ = ("_cancelled", "_function", "_worker")

    def __init__(self, function: Callable[[], T]) -> None:
        super().__init__()
        self._function: Callable[[], T] | None = function
        self._worker: Any = None  # the record of the coroutine that does it
        self._cancelled: Cancelled | None = None

    @property
    def state(self) -> State:
        """Ready until it is begun, Running until it has ended, then how it ended.

        >>> import ocoro
        >>> with ocoro.Pool() as pool:
        ...     pool.submit(int).state
        <State.READY: 'Ready'>
        """
        return self._end or (State.READY if self._worker is None else State.RUNNING)

    def cancel(self) -> bool:
        """Do not begin it, or have `ocoro.Cancelled` raised in it, as `Coroutine.cancel` does; False if it has ended.

        From any thread.

        >>> import ocoro
        >>> with ocoro.Pool() as pool:
        ...     job = pool.submit(ocoro.sleep, 60)
        ...     ocoro.yield_now()
        ...     job.cancel()
        True
        >>> job.result()
        Traceback (most recent call last):
        ocoro.Cancelled: the job was cancelled
        """
        return at_home(self._cancel)

    def _cancel(self) -> bool:
        if self.done:
            return False
        if self._cancelled is None:
            self._cancelled = Cancelled("the job was cancelled")
            if self._worker is None:
                self._finish(None, self._cancelled)
            elif self._worker is scheduler.current:
                raise self._cancelled
            else:
                interrupt(self._worker, self._cancelled)
        return True

    def run(self) -> None:
        """Do it, in the coroutine that calls."""
        function = self._function
        if function is None:
            return  # cancelled
        self._worker = scheduler.current
        value = error = None
        try:
            value = function()
        except BaseException as raised:
            error = raised
        if self._cancelled is not None:
            handle_of(self._worker).withdraw(self._cancelled)
        self._finish(value, error)

    def _finish(self, value: Any, error: BaseException | None) -> None:
        self._function = self._worker = None
        self.settle(value, error)

    def __repr__(self) -> str:
        return f"<ocoro.Job {self.state.value}>"


class Pool:
    """Coroutines that do jobs: at most `max` at a time, none until there is a job.

    One that has been idle for `keep_alive` seconds ends, unless only `min` are left. From any thread. Leaving a `with`
    block waits for all jobs. In the child of a fork a pool begins anew, without the jobs.

    Raises ValueError unless 0 <= `min` <= `max` and 1 <= `max`.

    >>> import ocoro
    >>> with ocoro.Pool(max=2) as pool:
    ...     list(pool.map(pow, [2, 3, 4], [5, 2, 2]))
    [32, 9, 16]
    """

    def __init__(self, min: int = 0, max: int = 1000, keep_alive: float = 10.0) -> None:
        if not (0 <= min <= max and max >= 1):
            raise ValueError("0 <= min <= max and 1 <= max must hold")
        self._min, self._max, self._keep_alive = min, max, keep_alive
        self._name = f"pool-{next(_numbers)}"
        self._is_shut = False
        self._begin()

    def _begin(self) -> None:
        self._pid = originals.getpid()
        self._jobs: deque[Job[Any]] = deque()
        self._idle: list[Waiter] = []
        self._workers: set[Coroutine[None]] = set()
        self._running: set[Job[Any]] = set()

    @property
    def size(self) -> int:
        """How many coroutines it has just now.

        >>> import ocoro
        >>> ocoro.Pool().size
        0
        """
        return len(self._workers)

    def submit(self, function: Callable[[*Ts], R], *args: *Ts) -> Job[R]:
        """Have `function(*args)` called when a coroutine is free. Raises RuntimeError after `shutdown`.

        >>> import ocoro
        >>> with ocoro.Pool() as pool:
        ...     pool.submit(divmod, 7, 2).result()
        (3, 1)
        """
        if self._is_shut:
            raise RuntimeError("the pool has been shut down")
        if not callable(function):
            raise TypeError(f"{function!r} is not callable")
        if self._pid != originals.getpid():
            self._begin()
        job: Job[R] = Job(lambda: function(*args))
        self._jobs.append(job)
        self._summon()
        return job

    def map(self, function: Callable[..., R], *iterables: Iterable[Any], timeout: float | None = None) -> Iterator[R]:
        """The results of `function` for each of the `iterables`' items together, in order; all are submitted at once.

        The iterator raises what a job has raised, and TimeoutError if a result is not there `timeout` seconds after the
        call. Jobs are cancelled when the iterator is closed before its end.

        >>> import ocoro
        >>> with ocoro.Pool() as pool:
        ...     list(pool.map(str.upper, "abc"))
        ['A', 'B', 'C']
        """
        deadline = deadline_after(timeout)
        jobs = deque(self.submit(function, *args) for args in zip(*iterables, strict=False))
        return _results(jobs, deadline)

    def shutdown(self, wait: bool = True, cancel: bool = False) -> None:
        """Take no more jobs; with `wait` return when all are done, with `cancel` cancel those that are not.

        >>> import ocoro
        >>> pool = ocoro.Pool()
        >>> job = pool.submit(ocoro.sleep, 60)
        >>> pool.shutdown(cancel=True)
        >>> job.state
        <State.CANCELLED: 'Cancelled'>
        """
        self._is_shut = True
        if self._pid != originals.getpid():
            self._begin()
        if cancel:
            for job in [*self._jobs, *self._running]:
                job.cancel()
        while self._idle:
            self._wake_one()
        if wait:
            wait_all(self._workers.copy())

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: TracebackType | None) -> None:
        self.shutdown()

    def _summon(self) -> None:
        """See to it that somebody will do the newest job."""
        if not self._wake_one() and len(self._workers) < self._max:
            self._workers.add(spawn(self._work, name=self._name))

    def _wake_one(self) -> bool:
        try:
            self._idle.pop().wake()
        except IndexError:
            return False
        return True

    def _work(self) -> None:
        me = handle_of(scheduler.current)
        try:
            while self._jobs or self._rest():
                try:
                    job = self._jobs.popleft()
                except IndexError:
                    continue
                self._running.add(job)
                job.run()
                self._running.discard(job)
                del job
        finally:
            self._workers.discard(me)
            if self._jobs:
                self._summon()  # one that came at the last moment

    def _rest(self) -> bool:
        """Wait for work; False when it is time to end."""
        if self._is_shut:
            return False
        waiter = Waiter(scheduler.me())
        self._idle.append(waiter)
        if self._jobs:  # from a destructor, before
            leave(self._idle, waiter)
            waiter.stay()
            return True
        deadline = NEVER if len(self._workers) <= self._min else originals.monotonic() + self._keep_alive
        try:
            woken = waiter.wait(deadline, _tally)
        finally:
            leave(self._idle, waiter)
        return woken or len(self._workers) <= self._min


def _results(jobs: deque[Job[R]], deadline: float) -> Iterator[R]:
    try:
        while jobs:
            timeout = None if deadline == NEVER else max(0.0, deadline - originals.monotonic())
            yield jobs[0].result(timeout)
            jobs.popleft()
    finally:
        for job in jobs:
            job.cancel()
