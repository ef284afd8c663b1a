"""The hooks that are written in C, where they were built: `hooks/fast.c`, of which `fast.pyi` tells."""

from __future__ import annotations

from ocoro.runtime.instance import is_accelerated

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any


def _load() -> ModuleType | None:
    if not is_accelerated:
        return None
    try:
        from ocoro.hooks import fast
    except ImportError:
        return None
    return fast


fast: Any = _load()
