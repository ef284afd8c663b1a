"""`_signal`, and by it `signal`: handlers are kept by the runtime, which runs them in the main coroutine."""

from __future__ import annotations

from typing import Any

from ocoro.hooks import farewell
from ocoro.runtime import originals, signals
from ocoro.runtime.instance import scheduler

LEAVES = {
    "pause": "not yet suspended: holds the thread until a signal comes",
    "sigwait": "the same",
    "sigwaitinfo": "the same",
    "sigtimedwait": "the same",
    "pthread_kill": "not yet redirected to the coroutine's thread",
}


def signal(origin: Any, number: int, handler: Any, /) -> Any:
    """Replaces `_signal.signal`."""
    if scheduler.at_home() and scheduler.current is not scheduler.main:
        raise ValueError("signal only works in main thread of the main interpreter")
    before = _handler(number)
    signals.install(number, handler)
    farewell.leave_to_default(number)
    return before


def getsignal(origin: Any, number: int, /) -> Any:
    """Replaces `_signal.getsignal`: the program's handler, not the one that stands in for it."""
    originals.getsignal(number)
    return _handler(number)


def _handler(number: Any) -> Any:
    if number in signals.handlers:
        return signals.handlers[number]
    if number == signals.AGAIN or farewell.stands_in(number):
        return signals.SIG_DFL
    try:
        return originals.getsignal(number)
    except (TypeError, ValueError):
        return None


REPLACES = {"signal": signal, "getsignal": getsignal}
