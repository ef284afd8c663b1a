"""A small pool of real threads for calls that no poller can wait for, such as name resolution.

A worker runs the call with the GIL released inside it and hands the result back through the scheduler's inbox. It is no
coroutine, and every hook lets it through. Three kinds of calls go to it:

- `call`: C functions and plain Python without thread state. A signal handler may interrupt the wait, and the call is
  left behind when that raises.
- `call_whole`: C functions that the program may not see half done. Handlers run afterwards, as python does it.
- `call_as_caller`: code of the program's. The worker has the coroutine's identity, its `threading.local`s and its
  context variables meanwhile.

Workers are started when needed and end after `_KEEP` seconds without work. A pool has a number of them at most, beyond
which calls queue up; calls that may wait for one another go to `crowd`, which has no such number.
"""

from __future__ import annotations

from _collections import deque
from _contextvars import copy_context
from types import FunctionType

from ocoro.runtime import helpers, originals
from ocoro.runtime.coroutine import NEVER
from ocoro.runtime.errors import Cancelled
from ocoro.runtime.frames import without_ours
from ocoro.runtime.instance import scheduler
from ocoro.runtime.local import holder
from ocoro.runtime.masks import SIG_SETMASK, mask_of

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ocoro.runtime.coroutine import Coroutine
    from ocoro.runtime.tally import Tally

_WORKERS = 32  # at most; a call beyond waits for a free worker
_NO_END = 1 << 30
_KEEP = 10.0
_MISSING = object()


class _Job:
    """One call that a worker makes for a coroutine."""

    __slots__ = ("args", "coroutine", "error", "function", "kwargs", "mask", "result", "serial")

    def __init__(self, coroutine: Coroutine, function: Callable[..., Any], args: Any, kwargs: Any) -> None:
        self.coroutine, self.serial = coroutine, coroutine.serial
        self.function: Any = function
        self.args, self.kwargs = args, kwargs
        self.mask: frozenset[int] | None = mask_of(coroutine)  # of signals, which a child process inherits
        self.result: Any = None
        self.error: BaseException | None = None

    def run(self) -> None:
        """Make the call, in the worker, and wake the coroutine."""
        try:
            self.result = self._within_mask()
        except BaseException as error:
            self.error = error
        self.function = self.args = self.kwargs = None  # the caller, not the worker, is to see the last of them
        scheduler.unpark(self.coroutine, self.serial)

    def is_over_for(self, serial: int) -> bool:
        """Have the wait `serial` ended by the end of the call, unless the call has ended meanwhile."""
        self.serial = serial
        if self.function is not None:
            return False
        self.coroutine.serial += 1  # the worker may have seen this one
        return True

    def _within_mask(self) -> Any:
        if self.mask is None:
            return self.call()
        originals.pthread_sigmask(SIG_SETMASK, self.mask)
        try:
            return self.call()
        finally:
            originals.pthread_sigmask(SIG_SETMASK, helpers.EVERYTHING)

    def call(self) -> Any:
        """Make the call."""
        return self.function(*self.args, **self.kwargs)

    def outcome(self) -> Any:
        """Return or raise, in the coroutine, what came of it."""
        error, self.error = self.error, None
        if error is None:
            result, self.result = self.result, None
            return result
        try:
            raise error.with_traceback(without_ours(error.__traceback__))
        finally:
            del error  # its traceback has this frame


class _JobAsCaller(_Job):
    """One whose worker passes for the coroutine meanwhile."""

    __slots__ = ("_context", "_holder")

    def __init__(self, coroutine: Coroutine, function: Callable[..., Any], args: Any, kwargs: Any) -> None:
        super().__init__(coroutine, function, args, kwargs)
        self._context: Any = copy_context()
        self._holder: Any = holder()

    def call(self) -> Any:
        """Make the call."""
        me = originals.get_ident()
        scheduler.deputies[me] = self.coroutine, self._holder
        try:
            return self._context.run(self.function, *self.args, **self.kwargs)
        finally:
            del scheduler.deputies[me]

    def outcome(self) -> Any:
        """Return or raise what came of it, with the context variables that were set meanwhile."""
        for variable, value in self._context.items():
            if variable.get(_MISSING) is not value:
                variable.set(value)
        self._context = self._holder = None
        return super().outcome()


class Pool:
    """Jobs wait in a queue; an idle worker waits at a gate of its own, a native lock that is opened for it."""

    def __init__(self, most: int | None = None) -> None:
        self._most = most  # workers; None: the usual number
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
        return self._wait_for(tally, _Job(coroutine, function, args, kwargs))

    def call_whole(self, tally: Tally, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """`call`, for a C function: signal handlers run when it has returned."""
        coroutine = scheduler.me()
        if coroutine is None:
            return function(*args, **kwargs)
        job = _Job(coroutine, function, args, kwargs)
        job.mask = None  # it starts no process
        return self._wait_deaf(tally, job)

    def call_as_caller(self, tally: Tally, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """`call`, for anything of the program's: it finds itself in the same thread, as far as it can see.

        Signal handlers may interrupt the wait for a function in Python, as they may interrupt that.
        """
        coroutine = scheduler.me()
        if coroutine is None:
            return function(*args, **kwargs)
        job = _JobAsCaller(coroutine, function, args, kwargs)
        return (self._wait_for if type(function) is FunctionType else self._wait_deaf)(tally, job)

    def _wait_deaf(self, tally: Tally, job: _Job) -> Any:
        """Nothing ends the wait but the call's end: no signal handler, and what cancels it comes in the next wait."""
        coroutine = job.coroutine
        late: list[Cancelled] = []
        coroutine.deaf = True
        try:
            result = self._wait_for(tally, job, late)
        finally:
            coroutine.deaf = False
            if late:
                coroutine.task.put_off(late)
        return result

    def _wait_for(self, tally: Tally, job: _Job, late: list[Cancelled] | None = None) -> Any:
        scheduler.keep_garbage()
        job.serial = job.coroutine.serial
        self._jobs.append(job)
        scheduler.outside += 1
        try:
            is_summoned = self._summon() or not self._take_back(job)
            while is_summoned:
                try:
                    scheduler.park(tally, NEVER)
                    break
                except Cancelled as error:
                    if late is None:
                        raise
                    late.append(error)
                    if job.is_over_for(job.coroutine.serial):
                        break
        except BaseException:
            job.coroutine.serial += 1  # the wait has not begun if nobody was summoned, for want of room on the stack
            self._take_back(job)  # what a worker has begun it ends, for nobody
            raise
        finally:
            scheduler.outside -= 1
        if is_summoned:
            return job.outcome()
        scheduler.collect()
        return job.function(*job.args, **job.kwargs)

    def _take_back(self, job: _Job) -> bool:
        """Whether no worker has begun `job`; none will, then."""
        try:
            self._jobs.remove(job)
        except ValueError:
            return False
        return True

    def _summon(self) -> bool:
        """See to it that somebody will do the newest job; False when there is no thread to be had.

        Or when it seems so: near the end of the stack, what was started may fail to come back from it.
        """
        try:
            self._idle.pop().release()
        except IndexError:
            if self._workers < (self._most or _WORKERS):
                return self._start() or self._workers > 0
        return True

    def _start(self) -> bool:
        self._workers += 1
        try:
            helpers.start(self._work)
        except RuntimeError:
            self._workers -= 1
            return False
        return True

    def _work(self) -> None:
        while True:
            try:
                job = self._jobs.popleft()
            except IndexError:
                if not self._rest():
                    return
                continue
            job.run()
            del job

    def _rest(self) -> bool:
        """Wait for work; False when it is time to end."""
        gate = originals.allocate_lock()  # another one each time: who took the last may not have got to opening it
        gate.acquire()
        self._idle.append(gate)
        if not self._jobs and gate.acquire(True, _KEEP):
            return True
        try:
            self._idle.remove(gate)
        except ValueError:
            return True  # taken at the last moment
        self._workers -= 1
        if self._jobs:
            self._workers += 1
            return True
        return False


pool = Pool()
crowd = Pool(_NO_END)


def size_of(data: Any) -> int:
    """How many bytes a buffer has; 0 for what is none."""
    if type(data) is bytes:
        return len(data)
    try:
        with memoryview(data) as view:
            return view.nbytes
    except (TypeError, ValueError, BufferError):
        return 0


def when_long(tally: Tally, is_long: bool, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    """Call a C function that computes without the GIL: in a worker if that takes long and somebody could run meanwhile.

    To hand a call over and back costs some 100 us.
    """
    if is_long and len(scheduler.coroutines) > 1:
        return pool.call_whole(tally, function, *args, **kwargs)
    return function(*args, **kwargs)
