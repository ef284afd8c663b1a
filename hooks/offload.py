"""Functions of any module that `--offload` names: they are called in a real thread each, which passes for the caller.

Where there is no such function, or it is a class, or one that is hooked, nothing is done.
"""

from __future__ import annotations

from functools import update_wrapper
from types import BuiltinFunctionType, FunctionType, ModuleType

from ocoro.hooks import patch
from ocoro.runtime.instance import scheduler
from ocoro.runtime.offload import crowd

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from typing import Any


def by_module(names: str) -> dict[str, list[str]]:
    """Functions by module, of names with commas between them."""
    functions: dict[str, list[str]] = {}
    for name in filter(None, names.split(",")):
        module, _, function = name.rpartition(".")
        functions.setdefault(module, []).append(function)
    return functions


def install(module: ModuleType, names: list[str]) -> None:
    """Have these functions of `module` called in real threads."""
    for name in names:
        function = getattr(module, name, None)
        if callable(function) and not isinstance(function, type):
            patch.replace(module, name, _offloaded(f"{module.__name__}.{name}", function))
            if isinstance(getattr(module, name), FunctionType):
                update_wrapper(getattr(module, name), function)


def _offloaded(name: str, function: Any) -> Any:
    tally = scheduler.recorder.tally(name)

    def call(*args: Any, **kwargs: Any) -> Any:
        return tally.call(crowd.call_as_caller, tally, function, *args, **kwargs)

    def call_builtin(origin: Any, /, *args: Any, **kwargs: Any) -> Any:
        return tally.call(crowd.call_as_caller, tally, function, *args, **kwargs)

    return call_builtin if isinstance(function, BuiltinFunctionType) else call
