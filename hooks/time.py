"""`time`: what happens to `time.sleep`, and to the clocks of threads.

`sleep` suspends the calling coroutine until its time has come; `sleep(0)` lets everyone else who is ready run first.
The processor time of a thread is the coroutine's own (see `cputime`).
"""

from __future__ import annotations

import os
from _operator import index
from errno import ESRCH

from ocoro.hooks.acceleration import fast
from ocoro.runtime import originals, pthreads
from ocoro.runtime.frames import guarded, hidden
from ocoro.runtime.instance import scheduler

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from typing import Any

    from ocoro.runtime.coroutine import Coroutine


LEAVES: dict[str, str] = {}  # nothing else in `time` waits

_tally = scheduler.recorder.tally("sleep")
_OWN = 3  # CLOCK_THREAD_CPUTIME_ID
_KIND, _OF_A_THREAD = 7, 6  # the kernel's posix-timers.h: CPUCLOCK_PERTHREAD_MASK | CPUCLOCK_SCHED; above it ~tid
_LONGEST = 9223372036.0  # seconds that the interpreter's 64-bit nanoseconds hold


@hidden
def sleep(origin: Any, seconds: Any, /) -> None:
    """Replaces `time.sleep`."""
    if seconds == 0 and scheduler.yield_now(_tally):
        return None
    return _sleep(seconds)


@guarded
def _sleep(seconds: Any) -> None:
    if not isinstance(seconds, (int, float)):
        if not hasattr(seconds, "__index__"):
            return originals.sleep(seconds)
        seconds = index(seconds)
    if not 0 <= seconds < _LONGEST or scheduler.me() is None:
        return originals.sleep(seconds)
    scheduler.park(_tally, originals.monotonic() + seconds)
    return None


def thread_time(origin: Any, /) -> float:
    """Replaces `time.thread_time`: the processor time of the calling coroutine."""
    nanoseconds = _own_time()
    return originals.thread_time() if nanoseconds is None else nanoseconds / 1e9


def thread_time_ns(origin: Any, /) -> int:
    """Replaces `time.thread_time_ns`."""
    nanoseconds = _own_time()
    return originals.thread_time_ns() if nanoseconds is None else nanoseconds


def _own_time() -> int | None:
    me = scheduler.me()
    return None if me is None else _used(me)


def _used(coroutine: Coroutine) -> int:
    from ocoro.runtime import cputime

    return cputime.used(coroutine)


def pthread_getcpuclockid(origin: Any, ident: Any, /) -> int:
    """Replaces `time.pthread_getcpuclockid`: a clock for each coroutine, which the functions here know."""
    if isinstance(ident, int):
        ident = ident & pthreads.ALL_BITS
        coroutine = pthreads.coroutine_of(ident)
        if coroutine is not None:
            return ~pthreads.native_id(coroutine) << 3 | _OF_A_THREAD
        if not pthreads.is_thread(ident):
            raise ProcessLookupError(ESRCH, os.strerror(ESRCH))
    clock: int = originals.pthread_getcpuclockid(ident)
    return clock


@hidden
def clock_gettime(origin: Any, clock: Any, /) -> float:
    """Replaces `time.clock_gettime`."""
    if clock.__class__ is int and (clock == _OWN or clock < 0):
        nanoseconds = _time_of(clock)
        if nanoseconds is not None:
            return nanoseconds / 1e9
    return originals.clock_gettime(clock)


@hidden
def clock_gettime_ns(origin: Any, clock: Any, /) -> int:
    """Replaces `time.clock_gettime_ns`."""
    if clock.__class__ is int and (clock == _OWN or clock < 0):
        nanoseconds = _time_of(clock)
        if nanoseconds is not None:
            return nanoseconds
    return originals.clock_gettime_ns(clock)


def clock_getres(origin: Any, clock: Any, /) -> float:
    """Replaces `time.clock_getres`."""
    return originals.clock_getres(_OWN if isinstance(clock, int) and _of_coroutine(clock) is not None else clock)


@guarded
def _time_of(clock: int) -> int | None:
    """Nanoseconds that a thread's clock says, if the thread is a coroutine."""
    if clock == _OWN:
        return _own_time()
    coroutine = _of_coroutine(clock)
    return None if coroutine is None else _used(coroutine)


def _of_coroutine(clock: int) -> Coroutine | None:
    if clock & _KIND != _OF_A_THREAD or not scheduler.home:
        return None
    return pthreads.coroutine_of_native(~(clock >> 3))


REPLACES = {
    "sleep": sleep,
    "thread_time": thread_time,
    "thread_time_ns": thread_time_ns,
    "pthread_getcpuclockid": pthread_getcpuclockid,
    "clock_gettime": clock_gettime,
    "clock_gettime_ns": clock_gettime_ns,
    "clock_getres": clock_getres,
}
IN_C = {} if fast is None else {"sleep": fast.sleep(originals.sleep, _tally, sleep)}
