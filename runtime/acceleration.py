"""The parts that are written in C, where they were built: `runtime/fast.c` (see `fast.pyi`) and `hooks/fast.c`.

They do nothing that the Python code does not do. Where there was no compiler at the install, or the environment
variable OCORO_PURE_PYTHON is set to anything but nothing, the Python code does it all.
"""

from __future__ import annotations

import os
from importlib import import_module

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from typing import Any


def load(name: str) -> Any:
    """The module of that name, which is written in C; None where it is missing, or not wanted."""
    if os.environ.get("OCORO_PURE_PYTHON"):
        return None
    try:
        return import_module(name)
    except ImportError:
        return None


fast = load("ocoro.runtime.fast")
