"""`_signal`, and by it `signal`: handlers are kept by the runtime, which runs them in the main coroutine."""

from __future__ import annotations

from ocoro.hooks import farewell
from ocoro.runtime import originals, signals
from ocoro.runtime.instance import scheduler

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from typing import Any


LEAVES = {
    "pause": "not yet suspended: holds the thread until a signal comes",
    "sigwait": "the same",
    "sigwaitinfo": "the same",
    "sigtimedwait": "the same",
}


def signal(origin: Any, number: int, handler: Any, /) -> Any:
    """Replaces `_signal.signal`."""
    _only_in_main("signal")
    before = _handler(number)
    signals.install(number, handler)
    farewell.farewell.stand_in(number)
    return before


def getsignal(origin: Any, number: int, /) -> Any:
    """Replaces `_signal.getsignal`: the program's handler, not the one that stands in for it."""
    originals.getsignal(number)
    return _handler(number)


def set_wakeup_fd(origin: Any, fd: Any, /, **kwargs: Any) -> int:
    """Replaces `_signal.set_wakeup_fd`."""
    _only_in_main("set_wakeup_fd")
    originals.set_wakeup_fd(fd, **kwargs)
    before, signals.program_fd[0] = signals.program_fd[0], fd
    signals.watch()
    return before


def pthread_kill(origin: Any, ident: Any, number: Any, /) -> None:
    """Replaces `_signal.pthread_kill`: a coroutine's identity stands for the thread that carries it."""
    if any(coroutine.ident == ident for coroutine in scheduler.coroutines):
        ident = scheduler.home
    originals.pthread_kill(ident, number)


def _only_in_main(function: str) -> None:
    if scheduler.at_home() and scheduler.current is not scheduler.main:
        raise ValueError(f"{function} only works in main thread of the main interpreter")


def _handler(number: Any) -> Any:
    if number in signals.handlers:
        return signals.handlers[number]
    if number in signals.shared:
        return signals.SIG_IGN if number in signals.ignored else signals.SIG_DFL
    if farewell.farewell.stands_in(number):
        return signals.SIG_DFL
    try:
        return originals.getsignal(number)
    except (TypeError, ValueError):
        return None


REPLACES = {
    "signal": signal,
    "getsignal": getsignal,
    "set_wakeup_fd": set_wakeup_fd,
    "pthread_kill": pthread_kill,
}
