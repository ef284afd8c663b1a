"""Hooks in a program that the launcher did not start: put in place by a call, and taken out again."""

from __future__ import annotations

import sys

from ocoro.hooks import boot, farewell, patch
from ocoro.hooks.importer import Finder
from ocoro.runtime import forking, signals
from ocoro.runtime.env import HAS_GIL
from ocoro.runtime.errors import UnsupportedInterpreterError
from ocoro.runtime.instance import scheduler

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from collections.abc import Iterable

_installed = [False]


def install(*, without: Iterable[str] = ()) -> None:
    """Install the hooks: from now on blocking calls suspend their coroutine only, and new threads are coroutines.

    Call it on the main thread, first of all: locks, queues and threads that were made before stay as they are, and hold
    the whole thread when one waits for them. `without` names modules or functions to leave alone, as `ocoro run
    --no-hook` does. Has no effect when hooks are installed already, and so under `ocoro run`.

    Raises RuntimeError on any other thread than the main one, or if another thread used the API first, and
    `UnsupportedInterpreterError` on builds of Python without the global interpreter lock.

    >>> import ocoro
    >>> ocoro.install()
    >>> import threading, time
    >>> naps = [threading.Thread(target=time.sleep, args=(0.01,)) for _ in range(1000)]
    >>> for nap in naps:
    ...     nap.start()
    >>> for nap in naps:
    ...     nap.join()
    """
    if any(isinstance(finder, Finder) for finder in sys.meta_path):
        return
    if not HAS_GIL:
        raise UnsupportedInterpreterError("this build runs without the global interpreter lock")
    _only_in_main()
    forking.begin()
    signals.begin()
    if not _installed[0]:
        farewell.begin("", "none")
    _installed[0] = True
    boot.install(frozenset(without))


def uninstall() -> None:
    """Take out what `install` put in place: functions, methods and signal handlers are the original ones again.

    Objects made meanwhile (locks, queues, thread locals, pollers) stay ocoro's and work on. So do the locks that the
    module `threading` keeps for itself, and a native handler for the signal of preemption stays set.

    Raises RuntimeError if hooks are not installed, or were by `ocoro run`, on any other thread than the main one, and
    while other coroutines or threads are carried, as these would wait natively from then on.

    >>> import ocoro
    >>> ocoro.uninstall()
    Traceback (most recent call last):
    RuntimeError: no hooks are installed by ocoro.install()
    """
    finder = next((finder for finder in sys.meta_path if isinstance(finder, Finder)), None)
    if finder is None or not _installed[0]:
        raise RuntimeError("no hooks are installed by ocoro.install()")
    _only_in_main()
    others = sum(1 for coroutine in tuple(scheduler.coroutines) if coroutine.number) - 1
    if others:
        raise RuntimeError(f"{others} more coroutines have not ended")
    sys.meta_path.remove(finder)
    patch.restore()
    signals.end()


def _only_in_main() -> None:
    import threading

    if scheduler.me() is not scheduler.main or threading.main_thread().ident != scheduler.main.ident:
        raise RuntimeError("hooks are installed on the main thread, which has to be the first to use the API")
