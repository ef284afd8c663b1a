"""Starts the runtime and installs the hooks: first thing in an interpreter that `ocoro run` launched.

What is loaded already is patched in place; the rest is left to the import hook. Nothing here imports a module that the
program would not have loaded by itself, as far as that can be helped.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from types import ModuleType
from typing import Any

from ocoro.hooks import patch
from ocoro.hooks.importer import Finder
from ocoro.hooks.table import HOOKS
from ocoro.runtime import forking, signals
from ocoro.runtime.instance import scheduler

_VARIABLE = "OCORO_BOOT"
_THREADS = ("_thread", "threading")


def boot() -> None:
    """Do what the launcher's variable says, and remove it unless child interpreters are to follow."""
    from json import loads

    settings = loads(os.environ[_VARIABLE])
    if not settings["follow"]:
        del os.environ[_VARIABLE]
    without = set(settings["no_hook"])
    if settings["real_threads"]:
        without.update(_THREADS)
    forking.begin()
    if settings["reporter"] is not None:
        from ocoro.hooks import farewell

        farewell.begin(settings["reporter"], settings["report"])
    signals.begin()
    install(frozenset(without))


def install(without: frozenset[str] = frozenset()) -> None:
    """Patch every module of the table that is loaded, and each other one when it is imported."""

    def patch_module(module: ModuleType) -> None:
        if module.__name__ not in without:
            patch.install(module, _hook(module.__name__), without)

    for name in HOOKS:
        if name in sys.modules:
            patch_module(sys.modules[name])
    patch.rebind()
    sys.meta_path.insert(0, Finder(patch_module))  # type: ignore[arg-type]
    scheduler.turn = 0.0


def _hook(module: str) -> Any:
    return import_module(f"ocoro.hooks.{HOOKS[module]}")
