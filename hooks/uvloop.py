"""`uvloop`: a loop runs in a real thread that passes for the caller, as libuv waits in C.

So asyncio's coroutines and callbacks run beside the others as they would beside real threads. The program's signal
handlers are called between two callbacks of the loop that the main coroutine runs, and what they raise ends it, as
ever; only a callback that waits or computes is not interrupted by them.
"""

from __future__ import annotations

import signal
from weakref import WeakKeyDictionary

from ocoro.runtime import signals
from ocoro.runtime.instance import scheduler
from ocoro.runtime.offload import crowd

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    T = TypeVar("T")

LEAVES = {
    "Loop.run_until_complete": "calls run_forever",
    "run": "the same",
    "Loop.close": "removes the signal handlers that are left",
}

_tally = scheduler.recorder.tally("uvloop")
_native: list[Any] = []  # the class in C
_handled: WeakKeyDictionary[Any, set[int]] = WeakKeyDictionary()  # loop -> signals


def before(module: Any) -> None:
    """Keep the methods that are about to be replaced."""
    _native[:] = module.Loop.__bases__[:1]


def run_forever(self: Any) -> None:
    """Replaces `uvloop.Loop.run_forever`."""
    if scheduler.me() is not scheduler.main:
        crowd.call_as_caller(_tally, _native[0].run_forever, self)
        return

    def handle() -> None:
        self.call_soon_threadsafe(signals.run_pending)

    signals.elsewhere.append(handle)
    try:
        if scheduler.signals:
            handle()
        crowd.call_as_caller(_tally, _native[0].run_forever, self)
    finally:
        signals.elsewhere.remove(handle)


def add_signal_handler(self: Any, sig: int, callback: Callable[..., object], *args: Any) -> None:
    """Replaces `uvloop.Loop.add_signal_handler`, which has the numbers of signals sent to its own thread."""

    def handle(number: int, frame: Any) -> None:
        self.call_soon_threadsafe(callback, *args)

    def add() -> None:
        _native[0].add_signal_handler(self, sig, callback, *args)
        if signal.getsignal(sig) not in (signal.SIG_DFL, signal.SIG_IGN):  # else it is that of child processes
            signal.signal(sig, handle)
            _handled.setdefault(self, set()).add(sig)

    _as_main("add_signal_handler", add)


def remove_signal_handler(self: Any, sig: int) -> bool:
    """Replaces `uvloop.Loop.remove_signal_handler`, which knows of a handler only while the loop runs."""

    def remove() -> bool:
        _native[0].remove_signal_handler(self, sig)
        handled = _handled.get(self, set())
        if sig not in handled or not self.is_running():
            return False
        handled.remove(sig)
        signal.signal(sig, signal.default_int_handler if sig == signal.SIGINT else signal.SIG_DFL)
        return True

    return _as_main("remove_signal_handler", remove)


def _as_main(name: str, function: Callable[[], T]) -> T:
    """Call `function` on the home thread, in the name of the main coroutine; refuse all others as `name` does."""
    if scheduler.get_ident() != scheduler.main.ident:
        raise ValueError(f"{name}() can only be called from the main thread")
    if scheduler.at_home():
        return function()
    from ocoro.runtime.api.coroutine import at_home

    def errand() -> T:
        scheduler.current.ident = scheduler.main.ident
        return function()

    return at_home(errand)


REPLACES = {
    "Loop.run_forever": run_forever,
    "Loop.add_signal_handler": add_signal_handler,
    "Loop.remove_signal_handler": remove_signal_handler,
}
