"""`threading.local`: each coroutine and each real thread has attributes of its own."""

import gc
import pickle
import threading
import weakref

import pytest

from ocoro.runtime.local import Local
from ocoro.runtime.recorder import Recorder

TALLY = Recorder().tally("test")


class Payload:
    """Can be referred to weakly."""


class WithInit(Local):
    limit = 10

    def __init__(self, *args, **kwargs):
        self.args, self.kwargs = args, kwargs


class WithSlot(Local):
    __slots__ = ("shared",)


class WithProperty(Local):
    @property
    def double(self):
        return self.value * 2

    @double.setter
    def double(self, value):
        self.value = value / 2


def in_coroutine(scheduler, function):
    """Call it in a coroutine of its own that ends; returns its result."""
    results = []
    scheduler.spawn(lambda: results.append(function()))
    while len(scheduler.coroutines) > 1:
        scheduler.yield_now(TALLY)
    return results[0]


def in_thread(function):
    results = []
    thread = threading.Thread(target=lambda: results.append(function()))
    thread.start()
    thread.join()
    return results[0]


def test_attributes_are_per_coroutine(virtual):
    def program(scheduler):
        local = Local()
        local.name = "main"
        assert in_coroutine(scheduler, lambda: hasattr(local, "name")) is False
        in_coroutine(scheduler, lambda: setattr(local, "name", "other"))
        assert local.name == "main"

    virtual(program)


def test_attributes_survive_a_switch(virtual):
    def program(scheduler):
        local, seen = Local(), []

        def use(number):
            local.number = number
            scheduler.yield_now(TALLY)
            seen.append(local.number)

        for number in range(5):
            scheduler.spawn(use, (number,))
        in_coroutine(scheduler, lambda: None)
        assert seen == list(range(5))

    virtual(program)


def test_attributes_are_per_thread(virtual):
    def program(scheduler):
        local = Local()
        local.name = "main"
        assert in_thread(lambda: hasattr(local, "name")) is False
        assert in_thread(lambda: (setattr(local, "name", "thread"), local.name)[1]) == "thread"
        assert local.name == "main"

    virtual(program)


def test_initialised_once_per_coroutine(virtual):
    def program(scheduler):
        local = WithInit(1, two=2)
        local.args = "changed"
        assert in_coroutine(scheduler, lambda: (local.args, local.kwargs, local.limit)) == ((1,), {"two": 2}, 10)
        assert in_thread(lambda: local.args) == (1,)
        assert local.args == "changed"

    virtual(program)


def test_failed_init_is_tried_again(virtual):
    calls = []

    class Fails(Local):
        def __init__(self):
            calls.append(1)
            if len(calls) == 2:
                raise LookupError
            self.value = len(calls)

    def program(scheduler):
        local = Fails()

        def use():
            with pytest.raises(LookupError):
                local.value  # noqa: B018
            return local.value

        assert in_coroutine(scheduler, use) == 3

    virtual(program)


def test_arguments_need_an_init():
    with pytest.raises(TypeError, match="Initialization arguments are not supported"):
        Local(1)


def test_slots_are_shared(virtual):
    def program(scheduler):
        local = WithSlot()
        local.shared = "one for all"
        assert in_coroutine(scheduler, lambda: local.shared) == "one for all"

    virtual(program)


def test_properties_work_on_own_attributes(virtual):
    def program(scheduler):
        local = WithProperty()
        local.double = 4
        assert (local.value, local.double) == (2, 4)
        assert in_coroutine(scheduler, lambda: hasattr(local, "double")) is False

    virtual(program)


def test_dict_is_the_coroutines_own(virtual):
    def program(scheduler):
        local = Local()
        local.a = 1
        local.__dict__["b"] = 2
        assert (local.b, local.__dict__) == (2, {"a": 1, "b": 2})
        assert in_coroutine(scheduler, lambda: local.__dict__) == {}

    virtual(program)


@pytest.mark.parametrize(
    "change", [lambda local: setattr(local, "__dict__", {}), lambda local: delattr(local, "__dict__")]
)
def test_dict_cannot_be_replaced(change):
    with pytest.raises(AttributeError, match="object attribute '__dict__' is read-only"):
        change(Local())


def test_deleted_attribute_is_gone(virtual):
    def program(scheduler):
        local = Local()
        local.name = "main"
        in_coroutine(scheduler, lambda: setattr(local, "name", "other"))
        del local.name
        with pytest.raises(AttributeError, match="name"):
            local.name  # noqa: B018
        with pytest.raises(AttributeError, match="name"):
            del local.name

    virtual(program)


def test_attributes_end_with_the_coroutine(virtual):
    def program(scheduler):
        local = Local()

        def use():
            local.payload = Payload()
            return weakref.ref(local.payload)

        assert in_coroutine(scheduler, use)() is None

    virtual(program)


def test_attributes_end_with_the_thread(virtual):
    def program(scheduler):
        local = Local()

        def use():
            local.payload = Payload()
            return weakref.ref(local.payload)

        assert in_thread(use)() is None

    virtual(program)


def test_attributes_end_with_the_local(virtual):
    def program(scheduler):
        locals_, references = [Local()], []

        def use():
            locals_[0].payload = Payload()
            references.append(weakref.ref(locals_[0].payload))
            scheduler.park(TALLY, 2000.0)

        for _ in range(3):
            scheduler.spawn(use)
        scheduler.park(TALLY, 1001.0)
        assert all(reference() for reference in references)
        locals_.clear()
        gc.collect()
        assert [reference() for reference in references] == [None] * 3

    virtual(program)


def test_new_local_starts_empty_at_an_old_address(virtual):
    def program(scheduler):
        for _ in range(100):
            local = Local()
            assert local.__dict__ == {}
            local.used = True
            del local

    virtual(program)


def test_local_cannot_be_pickled():
    with pytest.raises(TypeError, match=r"cannot pickle '_thread\._local' object"):
        pickle.dumps(Local())


def test_local_has_the_names_of_the_original():
    assert (Local.__module__, Local.__qualname__) == ("_thread", "_local")
