"""Patches a module right after its own loader has executed it: the finder at the head of `sys.meta_path`.

A module that is not in the table costs one look-up. For one that is, the finders behind this one are asked as ever, and
the loader they name is borrowed: `__loader__` and `__spec__.loader` are the real ones again before the module's first
line runs.
"""

from __future__ import annotations

import sys

from ocoro.hooks.table import HOOKS

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any

    Patch = Callable[[ModuleType], None]


class Finder:
    """A meta path finder (importlib.abc.MetaPathFinder, without importing that module)."""

    def __init__(self, patch: Patch, names: Collection[str] | None = None) -> None:
        self._patch = patch
        self._names = HOOKS if names is None else names

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> Any:
        """Find what the other finders find; None for every module that is not to be patched."""
        if name not in self._names:
            return None
        spec = self._find(name, path, target)
        if spec is not None and spec.loader is not None and hasattr(spec.loader, "exec_module"):
            spec.loader = Loader(spec.loader, self._patch)  # type: ignore[assignment]
        return spec

    def _find(self, name: str, path: Sequence[str] | None, target: ModuleType | None) -> ModuleSpec | None:
        for finder in sys.meta_path:
            if finder is not self and hasattr(finder, "find_spec"):
                spec = finder.find_spec(name, path, target)
                if spec is not None:
                    return spec
        return None


class Loader:
    """The real loader, with the patch after it; everything else is asked of the real one."""

    def __init__(self, real: Any, patch: Patch) -> None:
        self._real = real
        self._patch = patch

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """What the real loader makes."""
        module: ModuleType | None = self._real.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Give the module its real loader back, execute it, patch it."""
        spec = module.__spec__
        if spec is not None:
            spec.loader = self._real
        module.__loader__ = self._real
        self._real.exec_module(module)
        self._patch(module)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)
