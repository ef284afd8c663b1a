"""The part of the runtime that is written in C, where it was built: `runtime/fast.c`, of which `fast.pyi` tells.

It does nothing that the Python code does not do. Where there was no compiler at the install, or the environment
variable OCORO_PURE_PYTHON is set to anything but nothing, the Python code does it all.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any


def _load() -> ModuleType | None:
    if os.environ.get("OCORO_PURE_PYTHON"):
        return None
    try:
        from ocoro.runtime import fast
    except ImportError:
        return None
    return fast


fast: Any = _load()
