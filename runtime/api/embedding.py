"""The scheduler in a program that the launcher did not start."""

from __future__ import annotations

import atexit

from ocoro.runtime import forking
from ocoro.runtime.api.coroutine import handle_of
from ocoro.runtime.instance import scheduler
from ocoro.runtime.interrupts import interrupt


def begin() -> None:
    """Adopt the calling thread as the home thread, unless hooks have been installed already."""
    if forking.begin():
        scheduler.astray = _to_main
        atexit.register(scheduler.retire)


def _to_main(error: BaseException) -> bool:
    """A signal handler has raised `error` in the hub, where nobody can take it: raise it in main."""
    handle_of(scheduler.main)
    interrupt(scheduler.main, error)
    return True
