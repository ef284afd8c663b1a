"""Functions of any module that `--offload` names: they are called in a real thread each, which passes for the caller.

Where there is no such function, or it is a class, nothing is done, and the end of the run says so.
"""

from __future__ import annotations

import sys
from types import BuiltinFunctionType, FunctionType, ModuleType

from ocoro.hooks import patch
from ocoro.runtime.instance import scheduler
from ocoro.runtime.offload import crowd

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from typing import Any


_without_effect: dict[str, str] = {}  # name of a function -> why its calls are not made in a real thread


def by_module(names: str) -> dict[str, list[str]]:
    """Functions by module, of names with commas between them."""
    functions: dict[str, list[str]] = {}
    for name in filter(None, names.split(",")):
        module, _, function = name.rpartition(".")
        functions.setdefault(module, []).append(function)
        _without_effect[name] = ""
    return functions


def without_effect() -> tuple[tuple[str, str], ...]:
    """Names that nothing was done about, and why."""
    return tuple((name, reason or _why_not_seen(name)) for name, reason in _without_effect.items())


def _why_not_seen(name: str) -> str:
    """The module was not imported by that name; perhaps it is a class of one that was."""
    outer, _, inner = name.rpartition(".")[0].rpartition(".")
    if isinstance(getattr(sys.modules.get(outer), inner, None), type):
        return f"{outer}.{inner} is a class, and only functions of modules are replaced"
    return "no module of that name was imported"


def install(module: ModuleType, names: list[str]) -> None:
    """Have these functions of `module` called in real threads."""
    for name in names:
        function = getattr(module, name, None)
        full = f"{module.__name__}.{name}"
        if isinstance(function, type):
            _without_effect[full] = "it is a class, and only functions are replaced"
        elif not callable(function):
            _without_effect[full] = "the module has no such function"
        else:
            _without_effect.pop(full, None)
            patch.replace(module, name, _offloaded(full, function))
            if isinstance(getattr(module, name), FunctionType):
                _resemble(getattr(module, name), function)


def _resemble(replacement: Any, function: Any) -> None:
    """As functools.update_wrapper does, whose module is not worth its import."""
    for name in ("__module__", "__name__", "__qualname__", "__doc__", "__annotations__", "__type_params__"):
        if hasattr(function, name):
            setattr(replacement, name, getattr(function, name))
    replacement.__dict__.update(getattr(function, "__dict__", {}))
    replacement.__wrapped__ = function


def _offloaded(name: str, function: Any) -> Any:
    tally = scheduler.recorder.tally(name)

    def call(*args: Any, **kwargs: Any) -> Any:
        return tally.call(crowd.call_as_caller, tally, function, *args, **kwargs)

    def call_builtin(origin: Any, /, *args: Any, **kwargs: Any) -> Any:
        return tally.call(crowd.call_as_caller, tally, function, *args, **kwargs)

    return call_builtin if isinstance(function, BuiltinFunctionType) else call
