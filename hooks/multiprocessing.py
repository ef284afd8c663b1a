"""`multiprocessing.synchronize`: locks shared with other processes.

A POSIX semaphore cannot be polled, so a coroutine that finds one taken tries again at short, growing intervals.
"""

from __future__ import annotations

from ocoro.hooks import patch
from ocoro.runtime import originals
from ocoro.runtime.coroutine import NEVER
from ocoro.runtime.instance import scheduler

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from typing import Any


LEAVES = {
    "SemLock": "each one made is given an `acquire` that suspends, see `patched`",
    "Condition": "Python code over SemLock",
    "Event": "Python code over SemLock",
}

_tally = scheduler.recorder.tally("semaphore")
_SHORTEST, _LONGEST = 0.0005, 0.01  # seconds between two tries


class _Acquire:
    """`acquire` of one semaphore."""

    __slots__ = ("_native",)

    def __init__(self, native: Any) -> None:
        self._native = native

    def __call__(self, block: bool = True, timeout: float | None = None) -> bool:
        if not block or scheduler.me() is None:
            return bool(self._native(block, timeout))
        deadline = NEVER if timeout is None else originals.monotonic() + timeout
        pause = _SHORTEST
        while not self._native(False):
            now = originals.monotonic()
            if now >= deadline:
                return False
            scheduler.me()
            scheduler.park(_tally, min(deadline, now + pause))
            pause = min(_LONGEST, pause * 2)
        return True


def patched(module: Any) -> None:
    """Give every semaphore made from now on an `acquire` that suspends."""
    make_methods = module.SemLock._make_methods

    def _make_methods(self: Any) -> None:
        make_methods(self)
        self.acquire = _Acquire(self._semlock.acquire)

    def __enter__(self: Any) -> bool:
        entered: bool = self.acquire()
        return entered

    patch.exchange(module.SemLock, "_make_methods", _make_methods)
    patch.exchange(module.SemLock, "__enter__", __enter__)


REPLACES: dict[str, Any] = {}
