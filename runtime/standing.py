"""Where the coroutines stand at one moment: what each does, since when, with its stack, and whom it waits for.

Only looks: it runs in a signal handler or in the hub, in the middle of anything, and calls no code of the program's.
"""

from __future__ import annotations

from ocoro.runtime import originals
from ocoro.runtime.coroutine import NEVER, PARKED
from ocoro.runtime.frames import is_ours, theirs
from ocoro.runtime.instance import scheduler
from ocoro.runtime.lock import Lock, RLock

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType
    from typing import Any

    from ocoro.runtime.coroutine import Coroutine

RUNNING, READY, WAITING = "running", "ready", "waiting"
_DEEPEST = 50  # frames of one stack


class Standing:
    """One coroutine. Times are seconds that have passed."""

    def __init__(self, coroutine: Coroutine, now: float, frame: FrameType | None) -> None:
        self.number = coroutine.number
        self.name = name(coroutine)
        self.age = now - coroutine.started_at
        self.call = ""  # that it waits in
        self.left = NEVER  # until its deadline
        self.frames = list(_places(theirs(frame)))  # innermost first
        self.lock: Any = None  # that it waits for
        self.holder: Coroutine | None = None  # of that lock, where it is known
        self.is_joining = False  # the lock is released by the end of its holder
        if coroutine.parked == PARKED:
            self.state, since = WAITING, coroutine.parked_at
            self.call = coroutine.site.tally.name if coroutine.site is not None else ""
            self.left = coroutine.deadline - now
            self.lock = _awaited(frame)
            self.holder, self.is_joining = _holder(self.lock)
        elif coroutine is scheduler.current:
            self.state, since = RUNNING, scheduler.switched_at
        else:
            self.state, since = READY, coroutine.ready_at
        self.lasted = now - since


def standings(running: FrameType | None) -> list[Standing]:
    """All coroutines, the oldest first; `running` is the frame of the one that runs. On the home thread."""
    now = originals.monotonic()
    coroutines = sorted(scheduler.coroutines, key=lambda each: each.number)
    return [Standing(each, now, _frame(each, running)) for each in coroutines]


def name(coroutine: Coroutine) -> str:
    """That of its thread, or of its function."""
    return "MainThread" if coroutine.function is None else scheduler.recorder.name_of(coroutine.function)


def _frame(coroutine: Coroutine, running: FrameType | None) -> FrameType | None:
    """The innermost one; None for a coroutine that has not begun."""
    if coroutine is scheduler.current:
        return running
    if coroutine.greenlet is None or coroutine.greenlet is scheduler.hub.greenlet:
        return None
    frame: FrameType | None = coroutine.greenlet.gr_frame
    return frame


def _places(frame: FrameType | None) -> Iterator[tuple[str, int, str]]:
    """File, line and function of each frame that is not ours, from the innermost to the outermost."""
    for _ in range(_DEEPEST):
        if frame is None:
            return
        yield frame.f_code.co_filename, frame.f_lineno or 0, frame.f_code.co_qualname
        frame = theirs(frame.f_back)


def _awaited(frame: FrameType | None) -> Any:
    """The lock in whose queue a parked coroutine stands, if it does."""
    while frame is not None and is_ours(frame):
        if frame.f_code in _QUEUES:
            return frame.f_locals["self"]
        frame = frame.f_back
    return None


def _holder(lock: Any) -> tuple[Coroutine | None, bool]:
    """Who will release `lock`, as far as a lock knows that, and whether by its end."""
    for coroutine in scheduler.coroutines if lock is not None else ():
        if lock is coroutine.sentinel or lock is getattr(coroutine.handle, "_running", None):
            return coroutine, True
        if type(lock) is RLock and lock._owner == coroutine.ident:
            return coroutine, False
    return None, False


_QUEUES = {Lock._queue_up.__code__}
