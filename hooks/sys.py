"""`sys`: `_current_frames` knows coroutines, as it knows threads."""

from __future__ import annotations

import sys
from types import FrameType

from ocoro.runtime import originals
from ocoro.runtime.frames import theirs
from ocoro.runtime.instance import scheduler

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from typing import Any


LEAVES = {
    "settrace": "the scheduler puts a thread's trace function aside while others run",
    "setprofile": "the same",
}


def _current_frames(origin: Any, /) -> dict[int, FrameType]:
    """Replaces `sys._current_frames`: identity of each thread -> its innermost frame of the program."""
    frames: dict[int, FrameType] = originals.current_frames()
    here = theirs(sys._getframe(1)) if scheduler.at_home() else theirs(frames[scheduler.home])
    for coroutine in scheduler.coroutines:
        frame = here if coroutine is scheduler.current else theirs(coroutine.greenlet.gr_frame)  # type: ignore
        if frame is not None:
            frames[coroutine.ident] = frame
    return frames


REPLACES = {"_current_frames": _current_frames}
