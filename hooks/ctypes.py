"""`ctypes`: `PyThreadState_SetAsyncExc`, by which threads of a program raise exceptions in one another.

It is a C function that goes by the identity of a thread, and the interpreter knows no thread of a coroutine's. Who
looks it up in a library gets a C function of ours instead, of the type and with the manners of any other.
"""

from __future__ import annotations

from ocoro.hooks import notices
from ocoro.runtime.instance import scheduler

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from typing import Any

LEAVES: dict[str, str] = {}

_NAME = "PyThreadState_SetAsyncExc"
_OF_A_TASK = ("setns", "unshare")  # changes what Linux keeps for each thread, see `tasks`
_look_up: list[Any] = []  # how a function is looked up natively
_callbacks: list[Any] = []  # our function for C code, once somebody has asked


def __getitem__(self: Any, name_or_ordinal: Any) -> Any:
    """Replaces `ctypes.CDLL.__getitem__`, which also looks up what is named as an attribute."""
    function = _look_up[0](self, name_or_ordinal)
    if name_or_ordinal in _OF_A_TASK and scheduler.me() not in (None, scheduler.main):
        notices.once("shared", name_or_ordinal, scheduler.recorder.name(scheduler.current))
    if name_or_ordinal != _NAME:
        return function
    from ctypes import PYFUNCTYPE, c_int, c_ulong, c_void_p, cast

    from ocoro.runtime import injection

    if cast(function, c_void_p).value != injection.address:
        return function  # another interpreter's
    if not _callbacks:
        _callbacks.append(PYFUNCTYPE(c_int, c_ulong, c_void_p)(injection.inject))
    ours = type(function)(cast(_callbacks[0], c_void_p).value)
    ours.__name__ = name_or_ordinal
    return ours


def before(module: Any) -> None:
    """Keep the original, and let nobody have it who has asked already."""
    _look_up[:] = [module.CDLL.__getitem__]
    vars(module.pythonapi).pop(_NAME, None)


REPLACES = {"CDLL.__getitem__": __getitem__}
