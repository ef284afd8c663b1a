"""Starts the runtime and installs the hooks: first thing in an interpreter that `ocoro run` launched.

What is loaded already is patched in place; the rest is left to the import hook. Nothing here imports a module that the
program would not have loaded by itself, as far as that can be helped.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from types import ModuleType

from ocoro.hooks import farewell, notices, offload, patch
from ocoro.hooks.importer import Finder, is_standard
from ocoro.hooks.offload import by_module
from ocoro.hooks.record import record
from ocoro.hooks.table import KNOWN, THIRD_PARTY, TRACERS
from ocoro.runtime import forking, originals, signals
from ocoro.runtime.env import HAS_GIL
from ocoro.runtime.errors import UnsupportedInterpreterError
from ocoro.runtime.instance import scheduler
from ocoro.runtime.monitor import limits

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from typing import Any


_VARIABLE = "OCORO_BOOT"
_THREADS = ("_thread", "threading")


def boot() -> None:
    """Do what the launcher's variable says, and remove it unless child interpreters are to follow.

    The variable holds `report=MODE;no_hook=NAME,NAME;offload=NAME,NAME;real_threads=0;follow=0;slice=MS;preempt=1;
    rescue=auto;reporter=MODULE:FUNCTION;events=BYTES;program=NAME;record=FILE;tracer=MODULE:FUNCTION;tracing=TEXT`, and
    what `begin_notices` reads. NAME, FILE and TEXT have %25 for % and %3b for a semicolon. FILE is empty when nothing
    is to be recorded; the tracer, if any, is called with TEXT.
    """
    if not HAS_GIL:
        raise UnsupportedInterpreterError("this build runs without the global interpreter lock")
    settings = dict(field.split("=", 1) for field in os.environ[_VARIABLE].split(";"))
    if settings["follow"] != "1":
        del os.environ[_VARIABLE]
    without = set(settings["no_hook"].split(",")) - {""}
    if settings["real_threads"] == "1":
        without.update(_THREADS)
    forking.begin()
    limits.slice = float(settings.get("slice", 1000 * limits.slice)) / 1000
    limits.preempts = settings.get("preempt") != "0"
    signals.begin()
    if settings.get("rescue") == "auto":
        signals.begin_rescue()
    farewell.begin(settings["reporter"], settings["report"])
    begin_notices(settings)
    if settings.get("record"):
        file, program = _unquoted(settings["record"]), _unquoted(settings["program"])
        record(file, program, int(settings["events"]), follow=settings["follow"] == "1")
    if settings.get("tracer"):
        module, _, function = settings["tracer"].partition(":")
        getattr(import_module(module), function)(_unquoted(settings["tracing"]))
    originals.unload()
    install(frozenset(without), by_module(settings.get("offload", "")))
    originals.unload()


def begin_notices(settings: dict[str, str]) -> None:
    """Let stalls and deadlocks be told, and coroutines be asked for, as the launcher wants it.

    By `stall=MS;notices=MODULE;on_deadlock=MODE;dump_signal=NAME`; remarks are made where there is a report.
    """
    notices.begin(
        settings.get("notices", ""),
        float(settings.get("stall", 0)) / 1000,
        settings.get("on_deadlock", "ignore"),
        settings.get("dump_signal", ""),
        settings["report"] != "none",
    )


def _unquoted(text: str) -> str:
    return text.replace("%3b", ";").replace("%25", "%")


def install(without: frozenset[str] = frozenset(), offloaded: dict[str, list[str]] | None = None) -> None:
    """Patch every module of the table, and every one with a function to offload: at once or when it is imported."""
    functions = offloaded or {}

    def patch_module(module: ModuleType) -> None:
        name = _name_in_table(module)
        if name not in without and name in KNOWN and (name in THIRD_PARTY or is_standard(module)):
            patch.install(module, _hook(name, module), without)
        if module.__name__ in functions:
            offload.install(module, functions[module.__name__])
        if name in TRACERS:
            import_module("ocoro.runtime.tracers").begin()

    names = [*KNOWN, *functions, *TRACERS]
    for name in names:
        if name in sys.modules:
            patch_module(sys.modules[name])
    patch.rebind()
    sys.meta_path.insert(0, Finder(patch_module, frozenset(names)))
    scheduler.turn = 0.0


def _name_in_table(module: ModuleType) -> str:
    """What `module` is imported as; `_io` calls itself `io` before Python 3.12."""
    return module.__name__ if module.__spec__ is None else module.__spec__.name


_hooks: dict[str, list[Any]] = {}  # name of a patched module -> the copies of its hook file


def _hook(name: str, module: ModuleType) -> Any:
    """The hook file for `module`, which is one of the copies of it that the program has.

    Each execution of a module of C code makes types and exceptions of its own. A hook file that holds any has `is_for`,
    and where it is for another copy of the module it is executed once more, for this one.
    """
    file, copies = f"ocoro.hooks.{KNOWN[name]}", _hooks.setdefault(name, [])
    for hook in copies:
        if not hasattr(hook, "is_for") or hook.is_for(module):
            return hook
    if copies:
        del sys.modules[file]
    known = sys.modules.get(name)
    sys.modules[name] = module
    try:
        copies.append(import_module(file))
    finally:
        if known is None:
            del sys.modules[name]
        else:
            sys.modules[name] = known
    return copies[-1]
