"""Asynchronous exceptions: what `PyThreadState_SetAsyncExc` raises in a thread, raised in a coroutine.

The interpreter raises it between two bytecodes of the thread, when it looks whether anything is to be done meanwhile
(the eval breaker); never within C code, and a wait goes on until it ends. It knows one thread where we have many, and
would raise it in whoever runs, in the middle of our own code, too. So it is not told. A pending call, which it makes at
the same moments, looks whether the innermost frame is one of the program's, in a coroutine that has something to be
raised; then it raises that. Else it is made again at the next such moment.

Who does not run gets a stand-in for its greenlet (`Prelude`), which has the call made as soon as it is resumed. So
nobody who switches asks whether there is anything to be raised.

`PyObject_IsTrue` is the function of the pending call: what `__bool__` raises is then raised by the bytecode.
"""

from __future__ import annotations

import sys
from _functools import partial
from _operator import call
from ctypes import c_int, c_ulong, c_void_p, cast, py_object, pythonapi

from ocoro.runtime import frames, pthreads, signals
from ocoro.runtime.env import CODE_IN_FRAME, PREVIOUS_IN_FRAME
from ocoro.runtime.instance import scheduler
from ocoro.runtime.trip import when_let_go

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Any, NoReturn

    from ocoro.runtime.coroutine import Coroutine

_WORD = 8 if sys.maxsize > 1 << 32 else 4
_F_FRAME = object.__basicsize__ + _WORD  # of a frame object, behind f_back: the interpreter's own frame
_MADE_BY_C = 3  # frames between ours and the one that was interrupted: none, or one for the C code in between
_NOTHING = 0  # in place of a signal's number: makes the guard at the way out look


def _function(name: str) -> Any:
    return pythonapi._FuncPtr((name, pythonapi))  # our own object, as it gets types


_injected: dict[Coroutine, Any] = {}  # what is to be raised in each
_native = _function("PyThreadState_SetAsyncExc")
_native.argtypes, _native.restype = [c_ulong, c_void_p], c_int
_add_pending_call = _function("Py_AddPendingCall")
_add_pending_call.argtypes, _add_pending_call.restype = [c_void_p, c_void_p], c_int
_is_true = cast(_function("PyObject_IsTrue"), c_void_p)

address = cast(_native, c_void_p).value


def inject(ident: int, error: int | None) -> int:
    """`PyThreadState_SetAsyncExc`: `error` is the address of an object, None to take back what is pending.

    Returns how many threads have that identity. From any thread.
    """
    coroutine = pthreads.coroutine_of(ident)
    if not scheduler.home or coroutine is None:
        is_ours = ident in scheduler.helpers or ident == scheduler.home
        return 0 if is_ours else int(_native(ident, error))
    for deputy, (passed_for, _) in list(scheduler.deputies.items()):
        if passed_for is coroutine:  # it runs code of the program's there
            return int(_native(deputy, error))
    if error is None:
        _injected.pop(coroutine, None)
        return 1
    _injected[coroutine] = cast(error, py_object).value
    if scheduler.at_home() and coroutine is not scheduler.current:
        _await(coroutine)
    else:
        _look_soon()
    return 1


def _look_soon() -> None:
    """Have `_Look` look at the home thread's next moment for such things."""
    _ask()
    if scheduler.sleeping or scheduler.dozing:
        scheduler.poller.wake()


class _Look:
    @frames.hidden
    def __bool__(self) -> bool:
        again = None
        if _sees_to_others():
            if _is_due():
                raise_now()
            again = _again()  # noqa: F841 - is asked for as we return
        return False


_look = _Look()
_ask: Callable[[], int] = partial(_add_pending_call, _is_true, id(_look))


def _sees_to_others() -> bool:
    """Have `_Look` look when the others run; True if it has to look after the current coroutine itself."""
    for coroutine in list(_injected):
        if coroutine is not scheduler.current:
            _await(coroutine)
    return scheduler.current in _injected


def _is_due() -> bool:
    """Whether the current coroutine, which has something to be raised, is to be left where it is."""
    return bool(scheduler.home) and _is_the_programs(sys._getframe()) and scheduler.me() is not None


def _again() -> Any:
    """What has us look once more: at the next such moment, and at the way out of our code.

    By C code alone: 3.13 forgets what is asked for in a pending call if that goes on.
    """
    if _NOTHING not in scheduler.signals and scheduler.current is not scheduler.main:
        scheduler.signals.append(_NOTHING)  # main would take it for a signal, in a loop that has such moments
    return when_let_go(_ask)


def _is_the_programs(ours: FrameType) -> bool:
    """Whether the frame that was interrupted, shown or hidden, is none of ours; `ours` is that of who looks."""
    shown = ours.f_back
    if shown is not None and shown.f_code is _Look.__bool__.__code__:  # where nothing is hidden any more
        shown = shown.f_back
    if shown is None or frames.is_ours(shown):
        return False
    frame = _word(_word(id(ours) + _F_FRAME) + PREVIOUS_IN_FRAME * _WORD)  # that of `__bool__`
    for _ in range(_MADE_BY_C):
        frame = _word(frame + PREVIOUS_IN_FRAME * _WORD)
        code = _word(frame + CODE_IN_FRAME * _WORD) if frame else 0
        if not code or frames.is_hidden(code):
            return False
        if code == id(shown.f_code):
            return True
    return False


def _word(at: int) -> int:
    return c_void_p.from_address(at).value or 0


@frames.hidden
def raise_now() -> None:
    """Raise what is to be raised in the current coroutine, if there is anything."""
    if scheduler.current in _injected and scheduler.home and scheduler.me() is not None:
        _raise(_injected.pop(scheduler.current))


@frames.hidden
def _raise(error: Any) -> NoReturn:
    if not isinstance(error, type) or not issubclass(error, BaseException):
        raise SystemError(f"_PyErr_SetObject: exception {error!r} is not a BaseException subclass")
    raise error


class Prelude:
    """Stands in for the greenlet of a coroutine in which something is to be raised once it runs.

    By C code alone: until the switch it is another greenlet that runs, under the name of this coroutine.
    """

    __slots__ = ("_greenlet", "_steps", "switch")

    def __init__(self, coroutine: Coroutine) -> None:
        greenlet: Any = coroutine.greenlet
        self._greenlet = greenlet
        self._steps = partial(setattr, coroutine, "greenlet", greenlet), _ask
        self.switch = partial(list, map(call, (*self._steps, greenlet.switch)))

    def throw(self, error: BaseException) -> None:
        """Resume the coroutine by another exception, first of all."""
        list(map(call, (*self._steps, partial(self._greenlet.throw, error))))

    @property
    def gr_frame(self) -> FrameType | None:
        """Where the coroutine waits."""
        frame: FrameType | None = self._greenlet.gr_frame
        return frame


class _First:
    """Stands in for the function of a coroutine that has not begun."""

    def __init__(self, coroutine: Coroutine) -> None:
        self._coroutine = coroutine
        self._function: Any = coroutine.function

    @frames.hidden
    def __call__(self, *args: Any, **kwargs: Any) -> None:
        function = self._coroutine.function = self._function
        _ask()
        function(*args, **kwargs)

    def __eq__(self, other: object) -> bool:
        return bool(self._function == other)

    def __hash__(self) -> int:
        return hash(self._function)


def _await(coroutine: Coroutine) -> None:
    """Have somebody look as soon as `coroutine` runs."""
    if coroutine not in scheduler.coroutines:
        _injected.pop(coroutine, None)
    elif coroutine.greenlet is scheduler.hub.greenlet:
        if not isinstance(coroutine.function, _First):
            coroutine.function = _First(coroutine)
    elif not isinstance(coroutine.greenlet, Prelude):
        coroutine.greenlet = Prelude(coroutine)


def _on_way_out() -> None:
    """Where the program is returned to in the middle of its bytecode, as after a call of a function in Python."""
    if scheduler.at_home():
        raise_now()
        if not _injected and _NOTHING in scheduler.signals and not scheduler.overdue:
            scheduler.signals.remove(_NOTHING)


signals.on_way_out[:] = [_on_way_out]
