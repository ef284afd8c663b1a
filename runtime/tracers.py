"""Tracers and profilers written in C, which `sys.settrace` and `sys.setprofile` cannot set: coverage's, cProfile's.

Needed where the parts in C do not carry them (see `threadstate`). What sets one again refers to it, as the
interpreter's own reference, perhaps the only one, is gone when it is unset.

The interpreter keeps each in the state of the thread, as an object and, two words before it, the C function that is
told (CPython 3.11 to 3.13, `PyThreadState`: c_profilefunc, c_tracefunc, c_profileobj, c_traceobj). Python can have the
object only, so the words are looked up.
"""

from __future__ import annotations

from ctypes import c_size_t, c_void_p, py_object, pythonapi
from functools import partial

from ocoro.runtime import frames, threadstate
from ocoro.runtime.env import TELLS_OF_HIDDEN_RETURNS

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from typing import Any

_WORDS = 40  # of the state of the thread, the beginning of which is looked at
_FUNCTION = -2

_state = pythonapi.PyThreadState_Get
_state.restype = c_void_p
_set_trace, _set_profile = pythonapi.PyEval_SetTrace, pythonapi.PyEval_SetProfile
for _set in _set_trace, _set_profile:
    _set.restype = None
    _set.argtypes = [c_void_p, py_object]
_nothing = py_object()


def ways_of_tracer(tracer: Any) -> threadstate.Ways:
    """What unsets `tracer`, which is set in the calling thread, and what sets it again.

    Neither is a function in Python, nor one of which profilers are told: its return would be missed by them.
    """
    words = _words()
    last = max(index for index, word in enumerate(words) if word == id(tracer))  # it may be the profiler as well
    return partial(_set_trace, None, _nothing), partial(_set_trace, words[last + _FUNCTION], tracer)


def ways_of_profiler(profiler: Any) -> threadstate.Ways:
    """The same for a profiler."""
    words = _words()
    first = words.index(id(profiler))
    return partial(_set_profile, None, _nothing), partial(_set_profile, words[first + _FUNCTION], profiler)


def begin() -> None:
    """Be ready for such: when one is set aside, nothing may be imported."""
    if TELLS_OF_HIDDEN_RETURNS:
        frames.show()
    if threadstate.mute_hidden is not None:
        threadstate.mute_hidden()
    threadstate.native_ways[:] = [ways_of_tracer, ways_of_profiler]


def _words() -> list[int]:
    return list((c_size_t * _WORDS).from_address(_state()))
