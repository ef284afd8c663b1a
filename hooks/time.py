"""`time`: what happens to `time.sleep`.

It suspends the calling coroutine until its time has come; `sleep(0)` lets everyone else who is ready run first.
"""

from __future__ import annotations

from operator import index
from typing import Any

from ocoro.runtime import originals
from ocoro.runtime.instance import scheduler

LEAVES: dict[str, str] = {}  # nothing else in `time` waits

_tally = scheduler.recorder.tally("sleep")
_LONGEST = 9223372036.0  # seconds that the interpreter's 64-bit nanoseconds hold


def sleep(origin: Any, seconds: Any, /) -> None:
    """Replaces `time.sleep`."""
    if not isinstance(seconds, (int, float)):
        try:
            seconds = index(seconds)
        except TypeError:
            return originals.sleep(seconds)
    if seconds == 0 and scheduler.yield_now(_tally):
        return None
    if not 0 <= seconds < _LONGEST or scheduler.me() is None:
        return originals.sleep(seconds)
    scheduler.park(_tally, originals.monotonic() + seconds)
    return None


REPLACES = {"sleep": sleep}
