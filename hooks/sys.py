"""`sys`: `_current_frames` knows coroutines, as it knows threads. Trace functions are told of no frame of ours.

The scheduler puts a thread's trace function aside while others run.
"""

from __future__ import annotations

import sys
from types import FrameType, FunctionType

from ocoro.runtime import originals
from ocoro.runtime.env import EXCEPTIONS_ARE_TRIPLES
from ocoro.runtime.frames import hidden, is_ours, theirs
from ocoro.runtime.instance import scheduler

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from typing import Any


_NATIVE = "reaches operating-system threads; nothing reaches into a suspended greenlet"

LEAVES = {
    "_settraceallthreads": _NATIVE,
    "_setprofileallthreads": _NATIVE,
}

_TOLD = "ocoro: the function that is told"


def _current_frames(origin: Any, /) -> dict[int, FrameType]:
    """Replaces `sys._current_frames`: identity of each thread -> its innermost frame of the program."""
    frames: dict[int, FrameType] = originals.current_frames()
    here = theirs(sys._getframe(1)) if scheduler.at_home() else theirs(frames[scheduler.home])
    for helper in tuple(scheduler.helpers):
        frames.pop(helper, None)
    for coroutine in tuple(scheduler.coroutines):
        frame = here if coroutine is scheduler.current else theirs(coroutine.greenlet.gr_frame)  # type: ignore
        if frame is not None:
            frames[coroutine.ident] = frame
    return frames


def _current_exceptions(origin: Any, /) -> dict[int, BaseException | None]:
    """Replaces `sys._current_exceptions`, as far as it can be known: for the calling thread, and for foreign ones."""
    exceptions: dict[int, Any] = originals.current_exceptions()
    for helper in tuple(scheduler.helpers):
        exceptions.pop(helper, None)
    handled = exceptions.pop(scheduler.home, None)
    nothing = (None, None, None) if EXCEPTIONS_ARE_TRIPLES else None
    for coroutine in tuple(scheduler.coroutines):
        exceptions[coroutine.ident] = handled if coroutine is scheduler.current else nothing
    return exceptions


def _tells(function: Any) -> Any:
    """A trace or profile function that tells `function` of the program's frames only."""
    skips = is_ours

    @hidden
    def tell(frame: FrameType, event: str, arg: Any) -> Any:
        return None if skips(frame) else function(frame, event, arg)

    setattr(tell, _TOLD, function)
    return tell


def _told(function: Any) -> Any:
    return vars(function).get(_TOLD, function) if type(function) is FunctionType else function


@hidden
def settrace(origin: Any, function: Any, /) -> None:
    """Replaces `sys.settrace`."""
    originals.settrace(None if function is None else _tells(function))


@hidden
def setprofile(origin: Any, function: Any, /) -> None:
    """Replaces `sys.setprofile`."""
    originals.setprofile(None if function is None else _tells(function))


@hidden
def gettrace(origin: Any, /) -> Any:
    """Replaces `sys.gettrace`."""
    return _told(originals.gettrace())


@hidden
def getprofile(origin: Any, /) -> Any:
    """Replaces `sys.getprofile`."""
    return _told(originals.getprofile())


REPLACES = {
    "_current_frames": _current_frames,
    "_current_exceptions": _current_exceptions,
    "settrace": settrace,
    "setprofile": setprofile,
    "gettrace": gettrace,
    "getprofile": getprofile,
}
