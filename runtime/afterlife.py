"""What destructors call of ours when the interpreter is finalised goes on to work, as C code would.

Finalisation sets the names of every module to None that is in `sys.modules` by then and lives on, and our modules live
on: their functions stand in the modules and classes of others. `sys` and `builtins` come last. Destructors run all the
while, and later, for what the interpreter's own state refers to. A C function needs no names; neither may ours.

So before that begins, something that is no module takes the place of each of ours in `sys.modules`, and is not cleared.
Our code is given the built-in names, and modules of others are replaced by what is needed of them.
"""

from __future__ import annotations

import builtins
import sys
from types import BuiltinFunctionType, ModuleType

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from typing import Any

_OURS = "ocoro"
_BUILTIN = dict(vars(builtins))  # as it is at boot: nothing of the program's, which is to be destroyed with the module


class Kept:
    """A module, or what is left of it: a name that was set to None is what it was, if that belongs to no program."""

    __slots__ = ("_before", "_module")

    def __init__(self, module: ModuleType) -> None:
        self._module = module
        self._before = {} if _is_ours(module.__name__) else {n: it for n, it in vars(module).items() if _lasts(it)}

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._module, name)
        return self._before.get(name) if value is None else value


def keep() -> None:
    """Do so, as the last thing before finalisation."""
    kept: dict[int, Kept] = {}
    for name, module in list(sys.modules.items()):
        if _is_ours(name) and isinstance(module, ModuleType):
            names = vars(module)
            for each, value in list(names.items()):
                if type(value) is ModuleType and not _is_ours(value.__name__):
                    names[each] = kept.get(id(value)) or kept.setdefault(id(value), Kept(value))
            names.update({**_BUILTIN, **names})
            sys.modules[name] = Kept(module)  # type: ignore[assignment]


def _is_ours(name: str) -> bool:
    return name.partition(".")[0] == _OURS


def _lasts(value: Any) -> bool:
    if type(value) is BuiltinFunctionType:
        return isinstance(value.__self__, ModuleType)
    return type(value) in (int, str) or value is sys.modules
