"""`time`: what happens to `time.sleep`.

It suspends the calling coroutine until its time has come; `sleep(0)` lets everyone else who is ready run first.
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


LEAVES: dict[str, str] = {}  # nothing else in `time` waits

_tally = scheduler.recorder.tally("sleep")
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


def pthread_getcpuclockid(origin: Any, ident: Any, /) -> int:
    """Replaces `time.pthread_getcpuclockid`: of a coroutine it is the clock of the thread that carries it."""
    if isinstance(ident, int):
        ident = pthreads.carrier(ident & pthreads.ALL_BITS)
        if not ident:
            raise ProcessLookupError(ESRCH, os.strerror(ESRCH))
    clock: int = originals.pthread_getcpuclockid(ident)
    return clock


REPLACES = {"sleep": sleep, "pthread_getcpuclockid": pthread_getcpuclockid}
IN_C = {} if fast is None else {"sleep": fast.sleep(originals.sleep, _tally, sleep)}
