"""Processor time of each coroutine, kept from the moment on that somebody asks for it.

The kernel keeps it for the thread that carries all of them. So the clock of that thread is read at each switch
(`threadstate.watch_switches`): whoever leaves is charged what has passed since the latest reading. What passed before
the first question is taken from the recording, as the time that a coroutine was running.

What a worker computes for a coroutine (`offload`) is nobody's.
"""

from __future__ import annotations

import os
from weakref import WeakKeyDictionary

from ocoro.runtime import originals, threadstate
from ocoro.runtime.coroutine import Coroutine
from ocoro.runtime.instance import scheduler

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from collections.abc import MutableMapping

_used: MutableMapping[Coroutine, int] = WeakKeyDictionary()  # nanoseconds
_begun: list[int] = []  # the latest reading; empty while nothing is kept
_reported: MutableMapping[Coroutine, tuple[int, float, float]] = WeakKeyDictionary()  # what `split` said last


def used(coroutine: Coroutine) -> int:
    """Nanoseconds for which `coroutine` has computed. On the home thread up to this moment."""
    if not _begun:
        _begin()
    nanoseconds = _used.get(coroutine, 0)
    if coroutine is scheduler.current and scheduler.at_home():
        nanoseconds += originals.thread_time_ns() - _begun[0]
    return nanoseconds


def split(coroutine: Coroutine, user: float, system: float) -> tuple[float, float]:
    """What of its time it spent in user mode and in the kernel, in seconds: in the proportion of its thread's times."""
    nanoseconds = used(coroutine)
    before, own_user, own_system = _reported.get(coroutine, (0, 0.0, 0.0))
    share = user / (user + system) if user + system else 1.0
    seconds = (nanoseconds - before) / 1e9
    times = own_user + seconds * share, own_system + seconds * (1 - share)
    _reported[coroutine] = (nanoseconds, *times)
    return times


def _begin() -> None:
    now = originals.thread_time_ns() if scheduler.at_home() else 0
    for coroutine in list(scheduler.coroutines):
        _used[coroutine] = _so_far(coroutine, now)
    _begun[:] = [now]
    threadstate.watch_switches(_current, _leaves, _is_back)


def _so_far(coroutine: Coroutine, most: int) -> int:
    """For how long it was running, at most; nothing where that is not recorded."""
    recorder = scheduler.recorder
    if recorder.coroutines == 1:
        return most
    if recorder.ring is None:
        return 0
    end = originals.monotonic() if coroutine is scheduler.current else coroutine.parked_at
    running = end - coroutine.started_at - coroutine.waited - coroutine.delayed
    return min(max(0, int(1e9 * running)), most)


def _current() -> Coroutine:
    return scheduler.current


def _leaves(coroutine: Coroutine) -> None:
    now = originals.thread_time_ns()
    _used[coroutine] = _used.get(coroutine, 0) + now - _begun[0]
    _begun[0] = now


def _is_back() -> None:
    """Somebody goes on: what has passed since somebody left is the hub's."""
    _begun[0] = originals.thread_time_ns()


def _after_fork_in_child() -> None:
    """The thread is a new one, and its clock begins at nothing."""
    _used.clear()
    _reported.clear()
    if _begun:
        _begun[0] = 0


os.register_at_fork(after_in_child=_after_fork_in_child)
