"""The scheduler in a program that the launcher did not start."""

from __future__ import annotations

import atexit
import os

from ocoro.runtime import afterlife, forking, interrupts
from ocoro.runtime.api.coroutine import handle_of
from ocoro.runtime.instance import scheduler


def begin() -> None:
    """Adopt the calling thread as the home thread, unless hooks have been installed already."""
    if forking.begin():
        scheduler.astray = _to_main
        atexit.register(afterlife.keep)  # called after the next, as exit functions go
        atexit.register(scheduler.retire)
    os.register_at_fork(after_in_child=_after_fork_in_child)


def _after_fork_in_child() -> None:
    """The forking coroutine goes on alone, with the limits of time that it has set itself."""
    interrupts.after_fork_in_child()
    task = scheduler.current.task
    if task is not None and task.clock is not None:
        task.clock.wind_up()


def _to_main(error: BaseException) -> bool:
    """A signal handler has raised `error` in the hub, where nobody can take it: raise it in main."""
    handle_of(scheduler.main)
    interrupts.interrupt(scheduler.main, error)
    return True
