"""Replacements are put in place, look like what they replace, and come out again."""

import builtins
import inspect
import math
import pickle
import sys
from types import BuiltinFunctionType, ModuleType, SimpleNamespace

import pytest

from ocoro.hooks import patch

ORIGINAL = math.lgamma  # any function written in C that nobody calls here


@pytest.fixture
def module():
    """A loaded module with one thing of each kind to replace; everything is restored afterwards."""
    module = ModuleType("sample")
    code = '''
from math import lgamma as native
def plain(a, b=2):
    """Add."""
    return a + b
class Base:
    def inherited(self): return "original"
class Kind(Base):
    """A kind."""
    def method(self, a): return a
'''
    exec(code, vars(module))
    module.Kind.__module__ = "sample"
    sys.modules["sample"] = module
    yield module
    patch.restore()
    del sys.modules["sample"]


@pytest.fixture
def install(module):
    """`install(name, replacement)` patches the module; keyword arguments go to the hook or to `patch.install`."""

    def install(name, replacement, without=frozenset(), **hook):
        patch.install(module, SimpleNamespace(REPLACES={name: replacement}, **hook), without)

    return install


def native(origin, *args):
    """Replaces the native function."""
    return "replaced", args


def test_native_function_is_replaced(module, install):
    install("native", native)
    assert module.native(1, 2) == ("replaced", (1, 2))
    assert math.lgamma is ORIGINAL


def test_python_function_is_replaced(module, install):
    install("plain", lambda a, b=2: a * b)
    assert module.plain(3, 4) == 12


def test_method_is_replaced_in_the_class(module, install):
    kind, instance = module.Kind, module.Kind()
    install("Kind.method", lambda self, a: (self, a))
    assert module.Kind is kind
    assert instance.method(1) == (instance, 1)


def test_inherited_method_is_replaced_below(module, install):
    install("Kind.inherited", lambda self: "replaced")
    assert (module.Kind().inherited(), module.Base().inherited()) == ("replaced", "original")
    patch.restore()
    assert module.Kind().inherited() == "original"
    assert "inherited" not in vars(module.Kind)


def test_class_is_replaced_as_a_whole(module, install):
    class Kind:
        pass

    install("Kind", Kind)
    assert module.Kind is Kind
    assert Kind.__doc__ == "A kind."


def test_what_is_not_there_is_left_out(module, install):
    install("missing", native)
    install("Missing.method", native)
    assert not hasattr(module, "missing")


@pytest.mark.parametrize("name", ["native", "plain", "Kind.method"])
def test_what_is_switched_off_is_left_out(module, install, name):
    before = dict(vars(module)), dict(vars(module.Kind))
    install(name, native, without=frozenset({f"sample.{name}"}))
    assert (dict(vars(module)), dict(vars(module.Kind))) == before


def test_hook_is_told_of_its_module(module, install):
    told = []
    install("plain", native, patched=told.append)
    assert told == [module]


def test_restore_undoes_everything(module, install):
    before = dict(vars(module)), dict(vars(module.Kind))
    install("native", native)
    install("plain", lambda a: a)
    install("Kind.method", lambda self: None)
    install("Kind", type("Kind", (), {}))
    patch.restore()
    assert (dict(vars(module)), dict(vars(module.Kind))) == before


@pytest.mark.parametrize("times", [2, 3])
def test_patched_again_works_the_same(module, install, times):
    """`importlib.reload` of a built-in module leaves it as it is and has it patched once more."""
    for _ in range(times):
        install("native", native)
    assert module.native(1) == ("replaced", (1,))
    patch.restore()
    assert module.native is ORIGINAL


# -- manners -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("attribute", ["__name__", "__qualname__", "__doc__", "__module__"])
def test_names_are_those_of_the_original(module, install, attribute):
    install("native", native)
    install("plain", lambda a, b=2: a)
    assert getattr(module.native, attribute) == getattr(ORIGINAL, attribute)
    patched, plain = module.plain, None
    patch.restore()
    plain = module.plain
    assert getattr(patched, attribute) == getattr(plain, attribute)


def test_native_does_not_bind_in_a_class(module, install):
    install("native", native)

    class Holder:
        held = module.native

    assert Holder().held(1) == Holder.held(1) == ("replaced", (1,))


def test_native_is_called_without_self(module, install):
    install("native", native)
    holder = SimpleNamespace(held=module.native)
    assert holder.held() == ("replaced", ())


def test_native_has_a_signature_without_origin(module, install):
    install("native", lambda origin, a, b=2: None)
    assert str(inspect.signature(module.native)) == "(a, b=2)"


def test_native_looks_like_a_built_in(module, install):
    install("native", native)
    assert repr(module.native.__self__) == "<module 'sample' (built-in)>"
    assert isinstance(ORIGINAL, BuiltinFunctionType)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_native_is_pickled_by_name(module, install, protocol):
    module.lgamma = module.native
    install("lgamma", native)
    data = pickle.dumps(module.lgamma, protocol)
    assert pickle.loads(data) == module.lgamma
    patch.restore()
    assert pickle.loads(data) is ORIGINAL  # in a process without hooks


def test_native_equals_itself_only(module, install):
    install("native", native)
    assert module.native == module.native
    assert hash(module.native) == hash(module.native)
    assert module.native != ORIGINAL


def test_errors_show_no_frame_of_ours(module, install):
    install("native", native)
    with pytest.raises(TypeError) as caught:
        module.native(wrong=1)
    assert [entry.name for entry in caught.traceback] == ["test_errors_show_no_frame_of_ours"]


# -- names taken before ------------------------------------------------------------------------------------------------


@pytest.fixture
def other():
    """A module that took names of the sample by value."""
    other = ModuleType("other")
    sys.modules["other"] = other
    yield other
    del sys.modules["other"]


def test_names_taken_early_are_rebound(module, install, other):
    other.taken, other.plain, other.unrelated = module.native, module.plain, len
    install("native", native)
    install("plain", lambda a: "replaced")
    patch.rebind()
    assert other.taken is module.native
    assert other.plain(1) == "replaced"
    assert other.unrelated is builtins.len
    patch.restore()
    assert other.taken is ORIGINAL


def test_class_attributes_taken_early_are_rebound(module, install, other):
    other.Holder = type("Holder", (), {"held": module.native, "__module__": "other"})
    install("native", native)
    patch.rebind()
    assert other.Holder().held(1) == ("replaced", (1,))
    patch.restore()
    assert vars(other.Holder)["held"] is ORIGINAL


def test_defaults_taken_early_are_rebound(module, install, other):
    def call(number, function=module.native):
        return function(number)

    other.call, other.Holder = call, type("Holder", (), {"call": call, "__module__": "other"})
    install("native", native)
    patch.rebind()
    assert other.call(1) == ("replaced", (1,))
    patch.restore()
    assert call.__defaults__ == (ORIGINAL,)


def test_classes_taken_early_are_rebound(module, install, other):
    other.Kind = module.Kind
    install("Kind", type("Kind", (), {}))
    patch.rebind()
    assert other.Kind is module.Kind


def test_equal_values_are_not_rebound(module, install, other):
    """By identity: something that only compares equal is somebody else's."""

    class Equal:
        def __eq__(self, other):
            return True

        __hash__ = None

    other.taken = equal = Equal()
    install("native", native)
    patch.rebind()
    assert other.taken is equal


def test_odd_modules_are_passed_over(module, install):
    """`sys.modules` may hold anything."""
    odd = {"odd_none": None, "odd_object": object(), "odd_nameless": ModuleType("odd_nameless")}
    del odd["odd_nameless"].__name__
    sys.modules.update(odd)
    try:
        install("native", native)
        patch.rebind()
    finally:
        for name in odd:
            del sys.modules[name]
    assert module.native(1) == ("replaced", (1,))
