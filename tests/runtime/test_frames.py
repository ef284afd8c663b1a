"""Frames of ours are not seen: not in tracebacks, not on stack walks, not by trace functions."""

import dis
import inspect
import sys
import traceback
from types import FunctionType

import pytest

from ocoro.runtime import frames
from ocoro.runtime.frames import guarded, hidden, is_ours, theirs, without_ours


def ours(function, name="ocoro.hooks.sample"):
    """The same function as if its file were one of ours."""
    copy = FunctionType(function.__code__, {**function.__globals__, "__name__": name}, closure=function.__closure__)
    copy.__defaults__, copy.__kwdefaults__ = function.__defaults__, function.__kwdefaults__
    return copy


def names(error):
    return [entry.name for entry in traceback.extract_tb(error.__traceback__)]


def call(function, *args):
    return function(*args)


def fail(*args):
    raise LookupError("failed")


def frame_names():
    frame = sys._getframe(1)
    found = []
    while frame:
        found.append(frame.f_code.co_name)
        frame = frame.f_back
    return found


@pytest.mark.parametrize("name", ["ocoro.hooks.time", "ocoro.runtime.scheduler"])
def test_runtime_and_hooks_are_ours(name):
    assert ours(lambda: is_ours(sys._getframe()), name)() is True


@pytest.mark.parametrize("name", ["ocoro.cli.run", "__main__", "socket", "tests.runtime", ""])
def test_all_else_is_theirs(name):
    assert ours(lambda: is_ours(sys._getframe()), name)() is False


def test_innermost_frame_of_theirs_is_found():
    here = sys._getframe()
    assert ours(lambda: ours(lambda: theirs(sys._getframe()))())() is here
    assert theirs(None) is None


def test_our_entries_leave_the_traceback():
    inner = ours(lambda: call(fail))
    outer = ours(lambda: inner())
    with pytest.raises(LookupError) as caught:
        call(outer)
    caught.value.__traceback__ = without_ours(caught.value.__traceback__)
    assert names(caught.value) == ["test_our_entries_leave_the_traceback", "call", "call", "fail"]


# -- hidden ------------------------------------------------------------------------------------------------------------


@hidden
def hidden_add(a, b=2, /, c=3, *args, d=4, **kwargs):
    return a + b + c + d


@hidden
def hidden_call(function):
    return function()


def test_hidden_function_works_as_before():
    assert (hidden_add(1), hidden_add(1, 1, d=0)) == (10, 5)


def test_hidden_frame_is_not_in_traceback():
    with pytest.raises(LookupError) as caught:
        hidden_call(fail)
    assert names(caught.value) == ["test_hidden_frame_is_not_in_traceback", "fail"]


def test_own_error_of_hidden_shows_no_frame():
    with pytest.raises(TypeError) as caught:
        hidden_call(None)
    assert names(caught.value) == ["test_own_error_of_hidden_shows_no_frame"]


def test_hidden_frame_is_not_on_the_stack():
    assert hidden_call(frame_names)[0] == "test_hidden_frame_is_not_on_the_stack"


def test_hidden_frame_is_not_counted():
    assert hidden_call(lambda: sys._getframe(1)) is sys._getframe()


def test_hidden_frame_is_not_traced():
    seen = []

    def trace(frame, event, argument):
        seen.append((event, frame.f_code.co_name))
        return trace

    sys.settrace(trace)
    try:
        hidden_call(frame_names)
    finally:
        sys.settrace(None)
    assert ("call", "frame_names") in seen
    assert "hidden_call" not in {name for _, name in seen}


def test_hidden_closure_works():
    def outer(step):
        @hidden
        def inner(value):
            return [each + step for each in value]

        return inner

    assert outer(3)([1, 2]) == [4, 5]


def test_hidden_function_handles_errors():
    @hidden
    def attempt(function):
        try:
            return function()
        except LookupError:
            return "handled"

    assert attempt(fail) == "handled"


def test_hidden_function_becomes_fast_when_hot():
    """The interpreter replaces instructions of hot code by special ones; also in code that never passed RESUME."""

    @hidden
    def add(a, b):
        return a + b

    for _ in range(200):
        add(1, 2)
    instructions = {instruction.opname for instruction in dis.get_instructions(add, adaptive=True)}
    assert "BINARY_OP_ADD_INT" in instructions


# -- guarded -----------------------------------------------------------------------------------------------------------


def plain():
    return "nothing"


def positional(a, b=2, /):
    return a, b


def mixed(a, b=2, *, c, d=4):
    return a, b, c, d


def everything(a, /, b, c=3, *rest, d, e=5, **others):
    return a, b, c, rest, d, e, others


CALLS = [
    (plain, (), {}),
    (positional, (1,), {}),
    (positional, (1, 3), {}),
    (mixed, (1,), {"c": 3}),
    (mixed, (1,), {"c": 3, "d": 5, "b": 6}),
    (everything, (1, 2), {"d": 4}),
    (everything, (1, 2, 3, 4, 5), {"d": 4, "e": 6, "f": 7}),
    (plain, (1,), {}),
    (positional, (), {}),
    (positional, (), {"a": 1}),
    (mixed, (1,), {}),
    (mixed, (1, 2, 3), {"c": 3}),
    (everything, (1,), {"b": 2}),
]


def outcome(function, args, kwargs):
    try:
        return function(*args, **kwargs)
    except TypeError as error:
        return str(error)


@pytest.mark.parametrize(("function", "args", "kwargs"), CALLS)
def test_guarded_function_takes_the_same(function, args, kwargs):
    assert outcome(guarded(function), args, kwargs) == outcome(function, args, kwargs)


@pytest.mark.parametrize("function", [plain, positional, mixed, everything])
def test_guarded_function_looks_the_same(function):
    guard = guarded(function)
    assert inspect.signature(guard) == inspect.signature(function)
    for attribute in ("__name__", "__qualname__", "__doc__", "__module__", "__defaults__", "__kwdefaults__"):
        assert getattr(guard, attribute) == getattr(function, attribute)


def test_guarded_errors_show_no_frame_of_ours():
    inner = ours(lambda function: call(function))
    guard = guarded(ours(lambda function: inner(function)))
    with pytest.raises(LookupError) as caught:
        guard(fail)
    assert names(caught.value) == ["test_guarded_errors_show_no_frame_of_ours", "call", "fail"]


def test_own_error_of_guarded_shows_no_frame():
    guard = guarded(ours(lambda: {}["missing"]))
    with pytest.raises(KeyError) as caught:
        guard()
    assert names(caught.value) == ["test_own_error_of_guarded_shows_no_frame"]


def test_guarded_errors_keep_cause_and_context():
    def chained():
        try:
            fail()
        except LookupError as error:
            raise ValueError from error

    with pytest.raises(ValueError, match=r"^$") as caught:
        guarded(ours(chained))()
    assert isinstance(caught.value.__cause__, LookupError)
    assert isinstance(caught.value.__context__, LookupError)


def test_guard_itself_is_not_on_the_stack():
    assert call(guarded(frame_names))[0] == "call"


def test_hidden_function_needs_no_guard():
    assert guarded(hidden_call) is hidden_call
    assert guarded(guard := guarded(plain)) is guard


def test_guards_do_not_share_defaults():
    first, second = guarded(lambda a=1: a), guarded(lambda a=2: a)
    assert (first(), second()) == (1, 2)


@pytest.fixture
def delivered(monkeypatch):
    """Has a signal pending; a list of how it was delivered."""
    found = []

    def deliver(when):
        frames.pending.clear()
        found.append(when)

    monkeypatch.setattr(frames, "_deliverers", [(lambda: deliver("now"), lambda: deliver("after return"))])
    frames.pending.append(10)
    return found


def outcome_of(function):
    try:
        return function()
    except LookupError:
        return "failed"


@pytest.mark.parametrize("function", [plain, fail])
def test_guard_delivers_pending_signals(delivered, function):
    outcome_of(guarded(function))
    assert delivered == ["now"]


@pytest.mark.parametrize(("function", "when"), [(plain, "after return"), (fail, "now")])
def test_guard_that_returns_first(delivered, function, when):
    assert outcome_of(guarded(function, returns_first=True)) == outcome_of(function)
    assert delivered == [when]
