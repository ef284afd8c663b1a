"""Tells the program's frames from ours, so that what the program sees of its stack is its own."""

from __future__ import annotations

import sys
from _collections import deque
from types import FunctionType

from ocoro.runtime.env import NOP, QUICKENS_IN_RESUME, RAISE, RESUME

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, FrameType, TracebackType
    from typing import Any, TypeVar

    F = TypeVar("F", bound=Callable[..., Any])

_OURS = ("ocoro.runtime", "ocoro.hooks", "ocoro.cli.tracing", "ocoro.cli.notices")
_CALLS_TO_QUICKEN = 10  # two more than CPython 3.11 wants
CO_VARARGS, CO_VARKEYWORDS = 0x04, 0x08  # inspect's, without importing it
_GUARD = """
def guard({}):
    try:
        result = inner({})
        if pending:
            kept = {}()
        return result
    except BaseException as error:
        error.__traceback__ = without_ours(error.__traceback__)
        if pending:
            deliver()
        raise
"""
_compiled: dict[str, CodeType] = {}
_hidden: dict[int, tuple[CodeType, CodeType]] = {}  # by identity: code of hidden functions or copies of such; as it was
_shows: list[bool] = []  # True: nothing is to be hidden
pending: deque[int] = deque()  # signals that wait for the main coroutine to run their handlers
_deliverers: list[tuple[Callable[[], None], Callable[[], Any]]] = []


def deliver_by(now: Callable[[], None], after_return: Callable[[], Any]) -> None:
    """Have the guards call one of these on their way out while signals are pending."""
    _deliverers[:] = [(now, after_return)]


def deliver() -> None:
    """Run the handlers of the pending signals, if the main coroutine is here."""
    for now, _ in _deliverers:
        now()


def deliver_after_return() -> Any:
    """Have the handlers run when what is returned here is let go."""
    for _, after_return in _deliverers:
        return after_return()


def hidden(function: F) -> F:
    """Make `function` run in a frame that no traceback, stack walk or trace function ever shows; returns it.

    CPython shows a frame only once it has passed the RESUME instruction (`_co_firsttraceable` in the code object, 3.11
    to 3.13). The instruction becomes a NOP here.
    """
    shell: Any = function
    if _shows:
        return function
    code = shell.__code__
    text = bytearray(_quickened(code) or code.co_code)
    start = _resume(code)
    text[start : start + 2] = NOP, 0
    shell.__code__ = code.replace(co_code=bytes(text))
    _hidden[id(shell.__code__)] = shell.__code__, code
    return function


def show() -> None:
    """Hide nothing any more.

    On 3.11 a trace function is not told of the call of a hidden function, but of its return. A tracer in C counts the
    two against each other: better that our frames show than that its results are wrong.
    """
    import gc

    _shows.append(True)
    for each in gc.get_objects():
        if type(each) is FunctionType and id(each.__code__) in _hidden:
            each.__code__ = _hidden[id(each.__code__)][1]


def _resume(code: CodeType) -> int:
    """Where the RESUME of `code` stands; cells and free variables are set up before it."""
    text = code.co_code
    return next(at for at in range(0, len(text), 2) if text[at] == RESUME)


def _quickened(code: CodeType) -> bytes | None:
    """The adaptive form of the instructions, where only RESUME would bring it about (3.11); None elsewhere.

    A stand-in with the same instructions runs, each time, into a bare `raise` behind its RESUME, until the interpreter
    has quickened it; then the instruction that had to make way is put back. Where the program handles an exception just
    now, that is what `raise` raises.
    """
    if not QUICKENS_IN_RESUME or code.co_freevars or code.co_cellvars or code.co_kwonlyargcount:
        return None
    start = _resume(code) + 2
    text = bytearray(code.co_code)
    text[start : start + 2] = RAISE, 0
    stand_in = code.replace(co_code=bytes(text))
    run = FunctionType(stand_in, {})
    handled = sys.exception()
    traceback = None if handled is None else handled.__traceback__
    for _ in range(_CALLS_TO_QUICKEN):
        try:
            run(*range(code.co_argcount))
        except BaseException as error:
            if handled is None and not isinstance(error, RuntimeError):
                raise
    if handled is not None:
        handled.__traceback__ = traceback
    text = bytearray(stand_in._co_code_adaptive)  # type: ignore[attr-defined]
    text[start : start + 2] = code.co_code[start : start + 2]
    return bytes(text)


def is_hidden(code: int) -> bool:
    """Whether the code object at address `code` is that of a hidden function."""
    return code in _hidden


@hidden
def is_ours(frame: FrameType) -> bool:
    """Whether `frame` runs code of the runtime or of a hook."""
    name = frame.f_globals.get("__name__")
    return type(name) is str and name.startswith(_OURS)  # it is None where the module was cleared


def theirs(frame: FrameType | None) -> FrameType | None:
    """The innermost frame of the program at or below `frame`."""
    while frame is not None and is_ours(frame):
        frame = frame.f_back
    return frame


@hidden
def without_ours(traceback: TracebackType | None) -> TracebackType | None:
    """`traceback` with our entries taken out, wherever they stand; the others are relinked in place."""
    while traceback is not None and is_ours(traceback.tb_frame):
        traceback = traceback.tb_next
    if traceback is not None:
        traceback.tb_next = without_ours(traceback.tb_next)
    return traceback


def guarded(function: F, returns_first: bool = False) -> F:
    """A hidden function that calls `function` and takes our frames out of the traceback of what it raises.

    It has the parameters of `function`. What is hidden already is returned as it is. Only a shell should be hidden: a
    signal handler that finds itself called inside the runtime tells so by the frame it interrupted.

    Where C code may be the caller, the function `returns_first`: what a signal handler raises comes after its work is
    done, and must not look like its failure.
    """
    inner: Any = function
    if id(inner.__code__) in _hidden:
        return function
    deliverer = deliver_after_return if returns_first else deliver
    text = _GUARD.format(*_parameters(inner.__code__), deliverer.__name__)
    namespace = {"inner": inner, "without_ours": without_ours, "__name__": __name__, "pending": pending}
    namespace["BaseException"] = BaseException  # which outlives the module of built-in names
    namespace["deliver"], namespace[deliverer.__name__] = deliver, deliverer
    exec(_compiled.get(text) or _compiled.setdefault(text, compile(text, __file__, "exec")), namespace)
    guard: Any = namespace["guard"]
    guard.__defaults__, guard.__kwdefaults__ = inner.__defaults__, inner.__kwdefaults__
    guard.__name__, guard.__qualname__ = inner.__name__, inner.__qualname__
    guard.__doc__, guard.__module__ = inner.__doc__, inner.__module__
    return hidden(guard)  # type: ignore[no-any-return]


def _parameters(code: CodeType) -> tuple[str, str]:
    """The parameter list of `code` as it is declared, and as it is passed on."""
    positional = code.co_varnames[: code.co_argcount]
    rest = list(code.co_varnames[code.co_argcount :])
    keywords = [rest.pop(0) for _ in range(code.co_kwonlyargcount)]
    declared, passed = list(positional), list(positional)
    if code.co_posonlyargcount:
        declared.insert(code.co_posonlyargcount, "/")
    if code.co_flags & CO_VARARGS:
        name = rest.pop(0)
        declared.append(f"*{name}")
        passed.append(f"*{name}")
    elif keywords:
        declared.append("*")
    declared += keywords
    passed += [f"{name}={name}" for name in keywords]
    if code.co_flags & CO_VARKEYWORDS:
        name = rest.pop(0)
        declared.append(f"**{name}")
        passed.append(f"**{name}")
    return ", ".join(declared), ", ".join(passed)
