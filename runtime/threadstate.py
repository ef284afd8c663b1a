"""What the interpreter keeps for each thread of the system, given to each coroutine: a switch carries it.

`fast_state.c` has the table of what that is, and carries it in C. Without it this module carries what Python code can
reach: trace and profile functions, how deep the calls of such functions are, the dict of `PyThreadState_GetDict`, and
what hooks add to `carried` once the program uses it (asyncio's loop, hooks for asynchronous generators, ...). A switch
asks `is_anything` first, as there is mostly nothing.
"""

from __future__ import annotations

import gc
import sys
from _functools import partial
from types import FunctionType

from greenlet import greenlet

from ocoro.runtime import originals
from ocoro.runtime.acceleration import fast

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Ways = tuple[Callable[[], None], Callable[[], None]]  # to unset and to set

IS_CARRIED_IN_C = fast is not None
native_ways: list[Callable[[Any], Ways]] = []  # to set aside a tracer, and a profiler, of C code; see `tracers`
carried: dict[str, tuple[Callable[[], Any], Callable[[Any], None]]] = {}  # get (None: nothing), put (None: unset)
gettrace = originals.gettrace
getprofile = originals.getprofile
with_tracing = sys.call_tracing


def carry(name: str, get: Callable[[], Any], put: Callable[[Any], None]) -> None:
    """Carry one more thing from now on, if that is not done in C: what `get` returns, which `put` sets."""
    if not IS_CARRIED_IN_C:
        carried[name] = get, put


def watch_switches(current: Callable[[], Any], leaves: Callable[[Any], None], is_back: Callable[[], None]) -> None:
    """Have `leaves` called with the `current` coroutine before each switch from now on, and `is_back` after each.

    They are called by whoever switches, so they must neither wait nor fail.
    """
    if fast is not None:
        fast.watch_switches(leaves, is_back)
    else:
        carried["watch"] = current, lambda kept: leaves(current()) if kept is None else is_back()


class _Probe:
    """Its `repr` finds the dict, where the interpreter keeps what is being shown, against endless recursion."""

    def __init__(self) -> None:
        self.shown = [self]
        self.found: list[dict[Any, Any]] = []

    def __repr__(self) -> str:
        for each in gc.get_referrers(self.shown):
            if type(each) is list and each[-1] is self.shown:
                self.found += (
                    one for one in gc.get_referrers(each) if type(one) is dict and one.get("Py_Repr") is each
                )
        return ""


def _dict_of_thread() -> dict[Any, Any]:
    """The dict of `PyThreadState_GetDict` of the calling thread; another, which stays empty, if it cannot be found."""
    probe = _Probe()
    repr(probe.shown)
    probe.shown.clear()
    return probe.found[0] if probe.found else {}


dict_of_thread: dict[Any, Any] = {} if IS_CARRIED_IN_C else _dict_of_thread()


def end() -> None:
    """The program is over: the dict is let go of, so that what it holds ends with the thread."""
    global dict_of_thread
    dict_of_thread = {}


def is_anything() -> bool:
    """Whether the calling coroutine has anything that others must not see, and that is carried here."""
    return (
        gettrace() is not None
        or getprofile() is not None
        or len(dict_of_thread) > 1
        or any(dict_of_thread.values())  # an empty list is left behind by each `repr`
        or any(get() is not None for get, _ in carried.values())
    )


class Kept:
    """What the calling coroutine has, put aside."""

    __slots__ = ("_dict", "_profile", "_trace", "_values")

    def __init__(self) -> None:
        self._trace = _ways(gettrace(), originals.settrace, 0)
        self._profile = _ways(getprofile(), originals.setprofile, 1)
        self._values = [(put, get()) for get, put in carried.values()]
        self._dict = dict_of_thread.copy()

    def unset(self) -> None:
        """Leave nothing for others to see."""
        if self._trace is not None:
            self._trace[0]()
        if self._profile is not None:
            self._profile[0]()
        for put, _ in self._values:
            put(None)
        dict_of_thread.clear()

    def set(self) -> None:
        """Have it all back."""
        dict_of_thread.clear()
        dict_of_thread.update(self._dict)
        for put, value in self._values:
            put(value)
        if self._trace is not None:
            self._trace[1]()
        if self._profile is not None:
            self._profile[1]()


def _ways(tool: Any, put: Callable[[Any], None], kind: int) -> Ways | None:
    """What unsets a thread's trace or profile function, and what sets it again."""
    if tool is None:
        return None
    if type(tool) is FunctionType or not native_ways:
        return partial(put, None), partial(put, tool)
    return native_ways[kind](tool)


def _begin_thread() -> None:
    """A coroutine begins: nothing is set, as whoever had something has put it aside."""


def _end_thread() -> None:
    """A coroutine ends: let go of what the interpreter keeps for a thread. Destructors may run, and wait."""
    if gettrace() is not None:
        originals.settrace(None)
    if getprofile() is not None:
        originals.setprofile(None)
    for _, put in carried.values():
        put(None)
    dict_of_thread.clear()


switch: Callable[[Any], object] = greenlet.switch if fast is None else fast.switch
mute_hidden: Callable[[], object] | None = None if fast is None else fast.mute_hidden  # what tracers are not told
begin_thread: Callable[[], None] = _begin_thread if fast is None else fast.begin_thread
end_thread: Callable[[], None] = _end_thread if fast is None else fast.end_thread
