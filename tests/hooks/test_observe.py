"""Observed calls: the observer is told of each, and the caller notices nothing."""

import pytest

from ocoro.hooks import observe
from ocoro.hooks.table import HOOKS


class Log:
    """Writes down what it is told."""

    def __init__(self):
        self.told = []

    def begin(self, call, args, kwargs):
        self.told.append(("begin", call, args, kwargs))
        return len(self.told)

    def end(self, token, result):
        self.told.append(("end", token, result))

    def fail(self, token, error):
        self.told.append(("fail", token, type(error)))


@pytest.fixture
def log(monkeypatch):
    monkeypatch.setattr(observe, "_observers", [])
    log = Log()
    observe.watch(log)
    return log


def replacement():
    """A new one each time, as observing gives it its original's name."""

    def divide(dividend, divisor=2):
        return dividend / divisor

    return divide


def test_nothing_is_wrapped_while_nobody_watches(monkeypatch):
    monkeypatch.setattr(observe, "_observers", [])
    function = replacement()
    assert observe.observed("time.sleep", function, False) is function


def test_other_functions_are_not_wrapped(log):
    function = replacement()
    assert observe.observed("time.monotonic", function, False) is function


def test_call_and_result_are_told(log):
    function = observe.observed("time.sleep", replacement(), False)
    assert function(6, divisor=3) == 2
    assert log.told == [("begin", "sleep", (6,), {"divisor": 3}), ("end", 1, 2)]


def test_what_stands_for_the_module_is_no_argument(log):
    function = observe.observed("posix.read", replacement(), True)
    assert function(6, 2) == 3
    assert log.told[0] == ("begin", "read", (2,), {})


def test_error_is_told_and_raised(log):
    function = observe.observed("time.sleep", replacement(), False)
    with pytest.raises(ZeroDivisionError):
        function(1, 0)
    assert log.told[1] == ("fail", 1, ZeroDivisionError)


def test_wrong_arguments_are_refused_in_the_name_of_the_original(log):
    function = observe.observed("socket.socket.recv", replacement(), False)
    with pytest.raises(TypeError, match=r"^socket\.recv\(\) missing"):
        function()


def test_the_latest_observer_is_told(log):
    other = Log()
    observe.watch(other)
    observe.observed("time.sleep", replacement(), False)(2)
    assert (log.told, len(other.told)) == ([], 2)


@pytest.mark.parametrize("name", observe.OBSERVED)
def test_observed_functions_are_hooked_ones(name):
    module = next(each for each in sorted(HOOKS, key=len, reverse=True) if name.startswith(f"{each}."))
    hook = __import__(f"ocoro.hooks.{HOOKS[module]}", fromlist=["REPLACES"])
    assert name.removeprefix(f"{module}.") in hook.REPLACES or name in VERSIONED


VERSIONED = ("_thread.start_joinable_thread",)  # only from Python 3.13 on
