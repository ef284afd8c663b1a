"""The hooks that are written in C, where they were built: `hooks/fast.c`, of which `fast.pyi` tells; else None."""

from __future__ import annotations

from ocoro.runtime.acceleration import load
from ocoro.runtime.instance import is_accelerated

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from typing import Any

fast: Any = load("ocoro.hooks.fast") if is_accelerated else None
