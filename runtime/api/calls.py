"""The functions of the API: to spawn, to let others run, and to find out who is there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, TypeVarTuple

from ocoro.runtime import originals
from ocoro.runtime.api import embedding
from ocoro.runtime.api.coroutine import Coroutine, Past, at_home, handle_of
from ocoro.runtime.api.ranks import heed_priorities
from ocoro.runtime.coroutine import Coroutine as Record
from ocoro.runtime.frames import without_ours
from ocoro.runtime.instance import scheduler
from ocoro.runtime.offload import crowd

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

_sleep_tally = scheduler.recorder.tally("sleep")
_offload_tally = scheduler.recorder.tally("offload")

embedding.begin()


def spawn(function: Callable[[*Ts], T], *args: *Ts, name: str = "", priority: int = 0) -> Coroutine[T]:
    """Make a coroutine that calls `function(*args)`; it runs when its turn comes. From any thread.

    Of the coroutines that are ready, those with the smaller `priority` run first; one that waits for its turn gains on
    others, so that it gets it in the end. `name` is shown in reports; it is the function's by default.

    >>> import ocoro
    >>> ocoro.spawn(pow, 2, 10).result()
    1024
    >>> order = []
    >>> last, first = ocoro.spawn(order.append, "b"), ocoro.spawn(order.append, "a", priority=-1)
    >>> ocoro.wait_all([first, last])
    >>> order
    ['a', 'b']
    """
    if not callable(function):
        raise TypeError(f"{function!r} is not callable")
    named = name or getattr(function, "__qualname__", type(function).__name__)
    coroutine: Coroutine[T] = Coroutine(None, (function, args), named, priority)
    record = Record(scheduler.hub.greenlet, coroutine.run)
    record.task = coroutine
    coroutine._record = record
    if scheduler.at_home():
        _begin(record)
    else:
        scheduler.admit(Record(scheduler.hub.greenlet, _begin, (record,)))
    return coroutine


def _begin(record: Record) -> None:
    if record.task.priority:
        heed_priorities()
    record.ready_at = originals.monotonic()
    scheduler.recorder.spawned(record, scheduler.current, len(scheduler.coroutines) + 1)
    scheduler.admit(record)


def current() -> Coroutine[Any]:
    """The coroutine that calls. Raises RuntimeError on a thread that carries none.

    >>> import ocoro
    >>> ocoro.spawn(lambda: ocoro.current().name, name="me").result()
    'me'
    """
    me = scheduler.me()
    if me is None:
        raise RuntimeError("this thread carries no coroutines")
    return handle_of(me)


def coroutines() -> list[Coroutine[Any]]:
    """All coroutines that have not ended, with the main program, and threads that are coroutines. From any thread.

    >>> import ocoro
    >>> coroutine = ocoro.spawn(ocoro.sleep, 60)
    >>> coroutine in ocoro.coroutines()
    True
    """
    return at_home(_all)


def _all() -> list[Coroutine[Any]]:
    records = sorted((each for each in tuple(scheduler.coroutines) if each.number), key=lambda each: each.number)
    return [handle_of(record) for record in records if type(record.task) is not Past]


def sleep(seconds: float) -> None:
    """Suspend the calling coroutine for so many seconds; a real thread sleeps. Raises ValueError for a negative number.

    >>> import ocoro
    >>> ocoro.sleep(0.01)
    """
    if scheduler.me() is None:
        originals.sleep(seconds)
        return
    if not seconds >= 0:
        raise ValueError("sleep length must be non-negative")
    scheduler.park(_sleep_tally, originals.monotonic() + seconds)


def yield_now() -> None:
    """Let everyone else who is ready run first.

    >>> import ocoro
    >>> done = []
    >>> coroutine = ocoro.spawn(done.append, 1)
    >>> ocoro.yield_now()
    >>> done
    [1]
    """
    if not scheduler.yield_now(_sleep_tally):
        originals.sleep(0)


def offload(function: Callable[[*Ts], T], *args: *Ts) -> T:
    """Call `function(*args)` in a real thread; only the calling coroutine waits. On a real thread it just calls.

    For calls that hold the thread and give up the interpreter's lock: compression, hashes, C libraries that wait.
    There are as many such threads as calls at once. Raises what the function raises. If the wait is cancelled, the call
    goes on, and what it returns is dropped.

    >>> import ocoro, zlib
    >>> ocoro.offload(zlib.crc32, b"ocoro")
    2002560204
    """
    value, error = crowd.call(_offload_tally, _outcome, function, args)
    if error is not None:
        error.__traceback__ = without_ours(error.__traceback__)
        raise error
    result: T = value
    return result


def _outcome(function: Callable[..., T], args: tuple[Any, ...]) -> tuple[T | None, BaseException | None]:
    try:
        return function(*args), None
    except BaseException as error:
        return None, error
