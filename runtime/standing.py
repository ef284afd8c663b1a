"""Where the coroutines stand at one moment: what each does, since when, with its stack, and whom it waits for.

Only looks: it runs in a signal handler or in the hub, in the middle of anything, and calls no code of the program's.
"""

from __future__ import annotations

import sys

from ocoro.runtime import originals
from ocoro.runtime.acceleration import fast
from ocoro.runtime.coroutine import NEVER, PARKED
from ocoro.runtime.frames import theirs
from ocoro.runtime.instance import scheduler
from ocoro.runtime.lock import RLock
from ocoro.runtime.places import is_in_library

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType
    from typing import Any

    from ocoro.runtime.coroutine import Coroutine

    Place = tuple[str, int, str]  # file, line, function

RUNNING, READY, WAITING = "running", "ready", "waiting"
_DEEPEST = 50  # frames of one stack


class Standing:
    """One coroutine. Times are seconds that have passed. What its `deputy`, a thread, does for it is its own doing."""

    def __init__(
        self,
        coroutine: Coroutine,
        now: float,
        frame: FrameType | None,
        holders: _Holders,
        deepest: int,
        deputy: int | None,
    ) -> None:
        self.number = coroutine.number
        self.name = name(coroutine)
        self.age = now - coroutine.started_at
        self.call = ""  # that it waits in
        self.left = NEVER  # until its deadline
        self.frames = list(places(frame, deepest))  # innermost first
        if deputy is not None:
            self.frames[:0] = places(_frame_of(deputy), deepest)
        self.lock: Any = None  # that it waits for
        self.holder: Coroutine | None = None  # of that lock, where it is known
        self.is_joining = False  # the lock is released by the end of its holder
        if coroutine.parked == PARKED:
            self.state, since = WAITING, coroutine.parked_at
            self.call = coroutine.site.tally.name if coroutine.site is not None else ""
            self.left = coroutine.deadline - now
            self.lock = coroutine.awaited
            self.holder, self.is_joining = holders.of(self.lock)
        elif coroutine is scheduler.current:
            self.state, since = RUNNING, max(scheduler.switched_at, coroutine.started_at)
        else:
            self.state, since = READY, coroutine.ready_at
        self.lasted = now - since


def standings(running: FrameType | None, deepest: int = _DEEPEST) -> list[Standing]:
    """All coroutines, the oldest first; `running` is the frame of the one that runs. On the home thread.

    Or on another one while the home thread is in C code. `deepest` is the most frames that are looked at of each.
    """
    now = originals.monotonic()
    coroutines = sorted(scheduler.coroutines, key=lambda each: each.number)
    holders = _Holders(coroutines)
    deputies = {who: thread for thread, (who, _) in list(scheduler.deputies.items())}
    return [Standing(each, now, _frame(each, running), holders, deepest, deputies.get(each)) for each in coroutines]


def home_frame() -> FrameType | None:
    """The innermost frame of the home thread, for the monitor; None while it may be at work in another interpreter.

    Each interpreter has memory of its own from 3.12 on. `sys._current_frames` looks into all of them, and a frame
    object that it makes here for a frame there crashes the process when that frees it.
    """
    return _frame_of(scheduler.home)


def _frame_of(thread: int) -> FrameType | None:
    frame: FrameType | None = None
    if fast is not None:
        frame = fast.frame_of(thread)
    elif not _has_other_interpreters():
        frame = originals.current_frames().get(thread)
    return frame


def _has_other_interpreters() -> bool:
    module = sys.modules.get("_interpreters") or sys.modules.get("_xxsubinterpreters")
    return module is not None and len(module.list_all()) > 1


def name(coroutine: Coroutine) -> str:
    """As a recording has it."""
    return scheduler.recorder.name(coroutine)


def _frame(coroutine: Coroutine, running: FrameType | None) -> FrameType | None:
    """The innermost one; None for a coroutine that has not begun."""
    if coroutine is scheduler.current:
        return running
    if coroutine.greenlet is None or coroutine.greenlet is scheduler.hub.greenlet:
        return None
    frame: FrameType | None = coroutine.greenlet.gr_frame
    return frame


def places(frame: FrameType | None, deepest: int = _DEEPEST) -> Iterator[Place]:
    """File, line and function of each frame that is not ours, from the innermost to the outermost."""
    for _ in range(deepest):
        frame = theirs(frame)
        if frame is None:
            return
        yield frame.f_code.co_filename, frame.f_lineno or 0, frame.f_code.co_qualname
        frame = frame.f_back


def own_place(places: list[Place]) -> Place:
    """The innermost of the program's own; the innermost of all where there is none. There must be one."""
    return next((place for place in places if not is_in_library(place[0])), places[0])


class _Holders:
    """Who will release which lock, as far as a lock knows that."""

    def __init__(self, coroutines: list[Coroutine]) -> None:
        self._by_ident = {each.ident: each for each in coroutines}
        self._by_end = {id(lock): each for each in coroutines for lock in _released_by_end(each)}

    def of(self, lock: Any) -> tuple[Coroutine | None, bool]:
        """The coroutine, and whether it releases `lock` by its end."""
        by_end = self._by_end.get(id(lock))
        if by_end is not None or type(lock) is not RLock:
            return by_end, by_end is not None
        return self._by_ident.get(lock._owner), False


def _released_by_end(coroutine: Coroutine) -> list[Any]:
    locks = coroutine.sentinel, getattr(coroutine.handle, "_running", None)
    return [lock for lock in locks if lock is not None]
