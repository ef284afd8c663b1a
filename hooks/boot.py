"""Starts the runtime and installs the hooks: first thing in an interpreter that `ocoro run` launched.

What is loaded already is patched in place; the rest is left to the import hook. Nothing here imports a module that the
program would not have loaded by itself, as far as that can be helped.
"""

from __future__ import annotations

import os
import sys

from ocoro.hooks import farewell, notices, offload, patch
from ocoro.hooks.importer import Finder
from ocoro.hooks.offload import by_module
from ocoro.hooks.record import record
from ocoro.hooks.table import KNOWN, THIRD_PARTY, TRACERS
from ocoro.hooks.variable import parsed
from ocoro.runtime import forking, library, signals
from ocoro.runtime.env import HAS_GIL
from ocoro.runtime.errors import UnsupportedInterpreterError
from ocoro.runtime.instance import scheduler
from ocoro.runtime.library import is_standard
from ocoro.runtime.monitor import limits

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any


_VARIABLE = "OCORO_BOOT"
_THREADS = ("_thread", "threading")


def boot() -> None:
    """Do what the launcher's variable says, and remove it unless child interpreters are to follow.

    `hooks.variable` says what it holds. Raises BootVariableError when it was not the launcher who set it.
    """
    if not HAS_GIL:
        raise UnsupportedInterpreterError("this build runs without the global interpreter lock")
    settings = parsed(os.environ[_VARIABLE])
    follows = settings["follow"] == "1"
    if not follows:
        del os.environ[_VARIABLE]
    without = set(settings["no_hook"].split(",")) - {""}
    if settings["real_threads"] == "1":
        without.update(_THREADS)
    with library.apart():  # one, as each takes its time
        _begin(settings, follows)
        for name in [name for name in KNOWN if name in sys.modules and name not in without]:
            _hook(name, sys.modules[name])
    install(frozenset(without), by_module(settings["offload"]))


def _begin(settings: dict[str, str], follows: bool) -> None:
    """Start what does not depend on a hook."""
    forking.begin()
    limits.slice = float(settings["slice"]) / 1000
    limits.preempts = settings["preempt"] == "1"
    signals.begin()
    if settings["rescue"] == "auto":
        signals.begin_rescue()
    farewell.begin(settings["reporter"], settings["report"])
    stall, remarks = float(settings["stall"]) / 1000, settings["report"] != "none"
    notices.begin(settings["notices"], stall, settings["on_deadlock"], settings["dump_signal"], remarks)
    if settings["record"]:
        record(settings["record"], settings["program"], int(settings["events"]), follows)
    if settings["tracer"]:
        module, _, function = settings["tracer"].partition(":")
        getattr(library.load(module), function)(settings["tracing"])


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
            _load("ocoro.runtime.tracers").begin()

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
        copies.append(_load(file))
    finally:
        if known is None:
            del sys.modules[name]
        else:
            sys.modules[name] = known
    return copies[-1]


def _load(name: str) -> Any:
    """Import a module of ours while the program imports another; until it is there, nobody else gets the thread."""
    recorder = scheduler.recorder
    before, recorder.opening = recorder.opening, True
    try:
        return library.load(name)
    finally:
        recorder.opening = before
