"""Profilers in C, which `sys.setprofile` cannot set: cProfile's, before 3.12.

The interpreter keeps such a profiler in the state of the thread, as an object and, two words before it, the C function
that is told of calls (CPython 3.11, `PyThreadState.c_profilefunc`). Only the object can be had by Python.
"""

from __future__ import annotations

from ctypes import c_size_t, c_void_p, pythonapi
from functools import partial

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_WORDS = 40  # of the state of the thread, the beginning of which is looked at
_FUNCTION = -2

_state = pythonapi.PyThreadState_Get
_state.restype = c_void_p
_set = pythonapi.PyEval_SetProfile
_set.restype = None
_set.argtypes = [c_void_p, c_void_p]


def switches(profiler: Any) -> tuple[Callable[[], None], Callable[[], None]]:
    """What unsets `profiler`, which is set in the calling thread, and what sets it again; both without its knowledge.

    So neither may be a function in Python, or one of which profilers are told: the return would be missed by it.
    """
    words = list((c_size_t * _WORDS).from_address(_state()))
    return partial(_set, None, None), partial(_set, words[words.index(id(profiler)) + _FUNCTION], id(profiler))
