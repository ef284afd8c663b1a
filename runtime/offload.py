"""A small pool of real threads for calls that no poller can wait for, such as name resolution.

A worker runs the call with the GIL released inside it and hands the result back through the scheduler's inbox. Only C
functions and plain Python without thread state belong here: a worker is no coroutine and every hook lets it through.
Workers are started when needed and end after `_KEEP` seconds without work.
"""

from __future__ import annotations

from _collections import deque

from ocoro.runtime import originals
from ocoro.runtime.coroutine import NEVER
from ocoro.runtime.instance import scheduler

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ocoro.runtime.coroutine import Coroutine
    from ocoro.runtime.tally import Tally

_WORKERS = 32  # at most; a call beyond waits for a free worker
_KEEP = 10.0


class _Job:
    __slots__ = ("args", "coroutine", "error", "function", "kwargs", "result", "serial")

    def __init__(self, coroutine: Coroutine, function: Callable[..., Any], args: Any, kwargs: Any) -> None:
        self.coroutine, self.serial = coroutine, coroutine.serial
        self.function, self.args, self.kwargs = function, args, kwargs
        self.result: Any = None
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self.result = self.function(*self.args, **self.kwargs)
        except BaseException as error:
            self.error = error
        scheduler.unpark(self.coroutine, self.serial)


class Pool:
    """Jobs wait in a queue; an idle worker waits at a gate of its own, a native lock that is opened for it."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Start afresh, in the child of a fork, where no worker lives."""
        self._jobs: deque[_Job] = deque()
        self._idle: deque[Any] = deque()
        self._workers = 0

    def call(self, tally: Tally, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Call `function` in a worker; meanwhile only the calling coroutine waits. Direct where there is none."""
        coroutine = scheduler.me()
        if coroutine is None:
            return function(*args, **kwargs)
        job = _Job(coroutine, function, args, kwargs)
        self._jobs.append(job)
        if not self._summon():
            self._jobs.remove(job)
            return function(*args, **kwargs)
        scheduler.outside += 1
        try:
            scheduler.park(tally, NEVER)
        except BaseException:
            self._forget(job)
            raise
        finally:
            scheduler.outside -= 1
        if job.error is not None:
            raise job.error.with_traceback(None)
        return job.result

    def _forget(self, job: _Job) -> None:
        """Nobody waits for `job` any more. What a worker has begun it ends, for nobody."""
        try:
            self._jobs.remove(job)
        except ValueError:
            pass

    def _summon(self) -> bool:
        """See to it that somebody will do the newest job; False when there is no thread to be had."""
        try:
            self._idle.pop().release()
        except IndexError:
            if self._workers < _WORKERS:
                return self._start() or self._workers > 0
        return True

    def _start(self) -> bool:
        self._workers += 1
        try:
            originals.start_new_thread(self._work, ())
        except RuntimeError:
            self._workers -= 1
            return False
        return True

    def _work(self) -> None:
        me = originals.get_ident()
        scheduler.helpers.add(me)
        scheduler.helper_tasks.add(originals.get_native_id())
        gate = originals.allocate_lock()
        gate.acquire()
        while True:
            try:
                job = self._jobs.popleft()
            except IndexError:
                if not self._rest(gate):
                    scheduler.helpers.discard(me)
                    scheduler.helper_tasks.discard(originals.get_native_id())
                    return
                continue
            job.run()
            del job

    def _rest(self, gate: Any) -> bool:
        """Wait for work; False when it is time to end."""
        self._idle.append(gate)
        if not self._jobs and gate.acquire(True, _KEEP):
            return True
        try:
            self._idle.remove(gate)
        except ValueError:
            gate.acquire()  # opened at the last moment: shut it again
            return True
        self._workers -= 1
        if self._jobs:
            self._workers += 1
            return True
        return False


pool = Pool()
