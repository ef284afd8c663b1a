"""`_signal`, and by it `signal`: handlers are kept by the runtime, which runs them in the main coroutine.

Each coroutine has a signal mask of its own. Waiting for signals suspends the coroutine only.
"""

from __future__ import annotations

import os
import sys
from _functools import partial
from _operator import index
from errno import EINVAL, ESRCH
from types import TracebackType

from ocoro.hooks.thread import unraisable
from ocoro.runtime import masks, originals, pthreads, signals
from ocoro.runtime.frames import theirs
from ocoro.runtime.instance import scheduler
from ocoro.runtime.sigwait import Wait, kept, waits

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any

    from ocoro.runtime.coroutine import Coroutine


LEAVES = {
    "pidfd_send_signal": "sends to a process, and does not wait",
    "alarm": "the process's timer, as ever; so is setitimer",
}

_pause_tally = scheduler.recorder.tally("pause")
_sigwait_tally = scheduler.recorder.tally("sigwait")
_INTERNAL = frozenset([32, 33])  # belong to the C library (nptl), which refuses to send them
_LONGEST = 9223372036.0  # seconds that the interpreter's 64-bit nanoseconds hold


def signal(origin: Any, number: int, handler: Any, /) -> Any:
    """Replaces `_signal.signal`."""
    _only_in_main("signal")
    before = _handler(number)
    _at_home(signals.install, number, handler)
    return before


def _at_home(function: Any, *args: Any) -> None:
    """Call `function` on the home thread, as the interpreter wants it, also from a thread that passes for main."""
    if originals.get_ident() not in scheduler.deputies:
        function(*args)
        return
    from ocoro.runtime.api.coroutine import at_home

    at_home(partial(function, *args))


def getsignal(origin: Any, number: int, /) -> Any:
    """Replaces `_signal.getsignal`: the program's handler, not the one that stands in for it."""
    return None if originals.getsignal(number) is None else _handler(number)  # none at all: the end of the interpreter


def set_wakeup_fd(origin: Any, fd: Any, /, **kwargs: Any) -> int:
    """Replaces `_signal.set_wakeup_fd`."""
    _only_in_main("set_wakeup_fd")
    return signals.set_wakeup_fd(fd, **kwargs)


def _wakeup_failed(error: OSError, frame: FrameType | None) -> None:
    """Say so, as the interpreter does."""
    frame = theirs(frame)
    error.__traceback__ = frame and TracebackType(None, frame, frame.f_lasti, frame.f_lineno)
    unraisable(error, "Exception ignored when trying to write to the signal wakeup fd", None)


def pthread_kill(origin: Any, ident: Any, number: Any, /) -> None:
    """Replaces `_signal.pthread_kill`: a coroutine's identity stands for the thread that carries it."""
    if not isinstance(ident, int):
        originals.pthread_kill(ident, number)  # refuses it
    ident = ident & pthreads.ALL_BITS
    target = pthreads.coroutine_of(ident)
    if target is None:
        _kill_native(ident, number)
    elif not _keep(target, number):
        originals.pthread_kill(pthreads.carrier(ident), number)
        if number in signals.handlers:
            signals.end_pause(target)


def _kill_native(ident: int, number: Any) -> None:
    """Send to a real thread, if it is one. What has ended gets nothing, as with the C library (glibc since 2.34)."""
    if pthreads.is_thread(ident):
        originals.pthread_kill(ident, number)
        return
    _check_number(number)
    sys.audit("signal.pthread_kill", ident, number)
    if number in _INTERNAL:
        raise OSError(EINVAL, os.strerror(EINVAL))
    if ident not in pthreads.ended:
        raise ProcessLookupError(ESRCH, os.strerror(ESRCH))


def _check_number(number: Any) -> None:
    """Refuse what is no C int."""
    try:
        originals.getsignal(number)
    except ValueError:
        return  # out of the range of signals, which is for the C library to say


def raise_signal(origin: Any, number: Any, /) -> None:
    """Replaces `_signal.raise_signal`: the calling coroutine sends to itself."""
    me = scheduler.me()
    if me is None or not _keep(me, number):
        originals.raise_signal(number)


def _keep(target: Coroutine, number: Any) -> bool:
    """Keep a signal that `target` blocks until it takes it; False if it does not."""
    if not isinstance(number, int) or not masks.keep(target, number):
        return False
    if target in waits:
        waits[target].wake()
    return True


def sigpending(origin: Any, /) -> set[int]:
    """Replaces `_signal.sigpending`."""
    pending: set[int] = originals.sigpending()
    me = scheduler.me()
    if me is None:
        return pending
    return {number for number in pending | masks.directed.get(me.ident, set()) if number in masks.mask_of(me)}


def pthread_sigmask(origin: Any, how: Any, mask: Any, /) -> set[int]:
    """Replaces `_signal.pthread_sigmask`: each coroutine has a mask of its own."""
    me = scheduler.me()
    before: set[int] = originals.pthread_sigmask(how, mask) if me is None else set(masks.change(me, how, mask))
    return before


def pause(origin: Any, /) -> None:
    """Replaces `_signal.pause`: the runtime knows when it has run a handler."""
    me = scheduler.me()
    if me is None:
        originals.pause()
        return
    scheduler.keep_garbage()
    signals.pausing[me] = me.serial
    scheduler.outside += 1
    try:
        scheduler.park(_pause_tally)
    finally:
        scheduler.outside -= 1
        signals.pausing.pop(me, None)


def sigwait(origin: Any, sigset: Any, /) -> int:
    """Replaces `_signal.sigwait`: no handler interrupts it."""
    me = scheduler.me()
    if me is None:
        number: int = originals.sigwait(sigset)
        return number
    wanted = list(sigset)
    number = (_there(me, wanted) or _deaf_wait(me, frozenset(wanted))).si_signo
    return number


def _deaf_wait(me: Coroutine, wanted: frozenset[int]) -> Any:
    me.deaf = True
    try:
        return Wait(me, wanted).wait(_sigwait_tally)
    finally:
        me.deaf = False


def sigwaitinfo(origin: Any, sigset: Any, /) -> Any:
    """Replaces `_signal.sigwaitinfo`."""
    me = scheduler.me()
    if me is None:
        return originals.sigwaitinfo(sigset)
    wanted = list(sigset)
    return _there(me, wanted) or Wait(me, frozenset(wanted)).wait(_sigwait_tally)


def sigtimedwait(origin: Any, sigset: Any, timeout: Any, /) -> Any:
    """Replaces `_signal.sigtimedwait`."""
    me = scheduler.me()
    seconds = timeout if isinstance(timeout, float) or not hasattr(timeout, "__index__") else index(timeout)
    if me is None or not isinstance(seconds, (int, float)) or not 0 <= seconds < _LONGEST:
        return originals.sigtimedwait(sigset, timeout)
    deadline = originals.monotonic() + seconds
    wanted = list(sigset)
    info = _there(me, wanted)
    if info is None and seconds:
        info = Wait(me, frozenset(wanted)).wait(_sigwait_tally, deadline)
    return info


def _there(me: Coroutine, wanted: list[Any]) -> Any:
    """One of the `wanted` signals that has arrived already, or None. Raises what the original raises."""
    return originals.sigtimedwait(wanted, 0) or kept(me, frozenset(wanted))


def _only_in_main(function: str) -> None:
    if scheduler.get_ident() != scheduler.main.ident:
        raise ValueError(f"{function} only works in main thread of the main interpreter")


def _handler(number: Any) -> Any:
    if number in signals.handlers:
        return signals.handlers[number]
    if number in signals.shared:
        return signals.SIG_IGN if number in signals.ignored else signals.SIG_DFL
    try:
        return originals.getsignal(number)
    except (TypeError, ValueError):
        return None


def patched(module: Any) -> None:
    """Be told where the program's wake-up fd cannot be written to."""
    signals.wakeup_failed[:] = [_wakeup_failed]


REPLACES = {
    "signal": signal,
    "getsignal": getsignal,
    "set_wakeup_fd": set_wakeup_fd,
    "pthread_kill": pthread_kill,
    "pthread_sigmask": pthread_sigmask,
    "raise_signal": raise_signal,
    "sigpending": sigpending,
    "pause": pause,
    "sigwait": sigwait,
    "sigwaitinfo": sigwaitinfo,
    "sigtimedwait": sigtimedwait,
}
