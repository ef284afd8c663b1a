"""`sys`: `_current_frames` knows coroutines, as it knows threads. Trace functions are told of no frame of ours.

The scheduler puts a thread's trace function aside while others run.
"""

from __future__ import annotations

import sys
from types import FrameType, FunctionType

from ocoro.runtime import originals, threadstate
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

_mute_hidden = threadstate.mute_hidden
_TOLD = "ocoro: the function that is told"


def _current_frames(origin: Any, /) -> dict[int, FrameType]:
    """Replaces `sys._current_frames`: identity of each thread -> its innermost frame of the program."""
    frames: dict[int, FrameType] = originals.current_frames()
    home = scheduler.home or originals.get_ident()  # there is none at the very end
    here = theirs(sys._getframe(1)) if home == originals.get_ident() else theirs(frames[home])
    for helper in tuple(scheduler.helpers):
        frames.pop(helper, None)
    for coroutine in tuple(scheduler.coroutines):
        if coroutine is scheduler.current:
            frame = here
        elif coroutine.greenlet is None:
            continue
        else:
            frame = theirs(coroutine.greenlet.gr_frame)
        if frame is not None:
            frames[coroutine.ident] = frame
    return frames


def _current_exceptions(origin: Any, /) -> dict[int, BaseException | None]:
    """Replaces `sys._current_exceptions`, as far as it can be known: for the calling thread, and for foreign ones."""
    exceptions: dict[int, Any] = originals.current_exceptions()
    for helper in tuple(scheduler.helpers):
        exceptions.pop(helper, None)
    handled = exceptions.pop(scheduler.home or originals.get_ident(), None)  # there is no home at the very end
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
    if _mute_hidden is not None:  # in C, as a tracer may be told of what is called here
        _mute_hidden()
    originals.settrace(None if function is None else _tells(function))


@hidden
def setprofile(origin: Any, function: Any, /) -> None:
    """Replaces `sys.setprofile`."""
    if _mute_hidden is not None:  # in C, as a tracer may be told of what is called here
        _mute_hidden()
    originals.setprofile(None if function is None else _tells(function))


@hidden
def gettrace(origin: Any, /) -> Any:
    """Replaces `sys.gettrace`."""
    return _told(originals.gettrace())


@hidden
def getprofile(origin: Any, /) -> Any:
    """Replaces `sys.getprofile`."""
    return _told(originals.getprofile())


def _is_carried(name: str, get: Any, put: Any) -> Any:
    """A replacement for `sys.<name>`: from its first call on a switch carries what it sets."""
    module, _, function = name.rpartition(".")
    original = getattr(getattr(sys, module) if module else sys, function)

    @hidden
    def replacement(origin: Any, /, *args: Any, **kwargs: Any) -> Any:
        threadstate.carry(name, get, put)
        return original(*args, **kwargs)

    replacement.__doc__ = f"Replaces `sys.{name}`, where the parts in C are missing."
    return replacement


def _asyncgen_hooks() -> Any:
    hooks = sys.get_asyncgen_hooks()
    return None if hooks == (None, None) else hooks


_set_asyncgen_hooks, _set_depth = sys.set_asyncgen_hooks, sys.set_coroutine_origin_tracking_depth
_CARRIED = {
    "set_asyncgen_hooks": (_asyncgen_hooks, lambda hooks: _set_asyncgen_hooks(*(hooks or (None, None)))),
    "set_coroutine_origin_tracking_depth": (
        lambda: sys.get_coroutine_origin_tracking_depth() or None,
        lambda depth: _set_depth(depth or 0),
    ),
    "monitoring.use_tool_id": (lambda: True, lambda value: None),  # makes a switch look how deep call-backs are
}

REPLACES = {
    "_current_frames": _current_frames,
    "_current_exceptions": _current_exceptions,
    "settrace": settrace,
    "setprofile": setprofile,
    "gettrace": gettrace,
    "getprofile": getprofile,
}
if not threadstate.IS_CARRIED_IN_C:
    for _name, _ways in _CARRIED.items():
        if hasattr(sys, _name.partition(".")[0]):
            REPLACES[_name] = _is_carried(_name, *_ways)
