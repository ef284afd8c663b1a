"""Whether what `--offload` names can have an effect, as far as that is known before the program starts.

The modules of the standard library are looked into; of others it is only known whether they can be found, and nothing
of them is imported. What cannot be known here is told at the end of the run, see `hooks.offload`.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from importlib.machinery import PathFinder
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from ocoro.cli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

LOUD = ("antigravity", "this", "idlelib")  # do something when they are imported
HINT = "name a function as it is in its module, such as numpy.linalg.solve"


def check(names: Iterable[str], folder: str) -> None:
    """UsageError for the first that can have none; `folder` is where the program's own modules are."""
    for name in names:
        module, _, function = name.rpartition(".")
        root = module.partition(".")[0]
        if root == "__main__":
            raise _refused(name, "the program's own file is run, not imported, so its functions are not replaced")
        if PathFinder.find_spec(root, [folder]) is not None:
            continue
        if root in sys.stdlib_module_names:
            if root not in LOUD:
                _check_standard(name, module, function)
        elif not _is_found(root):
            raise _refused(name, f"there is no module {root!r}, neither in {_named(folder)} nor installed")


def _named(folder: str) -> str:
    return "this folder" if folder == os.curdir else folder


def _is_found(root: str) -> bool:
    try:
        return root in sys.modules or find_spec(root) is not None
    except (ImportError, ValueError):
        return False


def _check_standard(name: str, module: str, function: str) -> None:
    found = _standard(module)
    if isinstance(found, type):
        raise _refused(name, f"{module} is a class: only functions of modules are replaced, not methods")
    if found is None:
        raise _refused(name, f"there is no module {module!r}")
    value = getattr(found, function, None)
    if isinstance(value, type):
        raise _refused(name, "it is a class: only functions are replaced")
    if not callable(value):
        raise _refused(name, f"{module} has no function {function!r}{_close(found, function)}")


def _standard(module: str) -> Any:
    """The module, or what stands in another one by that name; None for nothing."""
    try:
        return import_module(module)
    except ImportError:
        parent, _, name = module.rpartition(".")
        return getattr(_standard(parent), name, None) if parent else None


def _close(module: Any, function: str) -> str:
    from difflib import get_close_matches

    close = get_close_matches(function, [each for each in dir(module) if callable(getattr(module, each))], 1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _refused(name: str, cause: str) -> UsageError:
    return UsageError(f"--offload: {name} cannot be offloaded", cause, HINT)
