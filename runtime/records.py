"""The record of each coroutine in a recording: what it does, since when, and how long it has waited in all."""

from __future__ import annotations

from _collections import deque

from ocoro.runtime import layout, originals

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ocoro.runtime.coroutine import Coroutine
    from ocoro.runtime.recording import Recording

_SHARE = 50  # bringing the records up to date may take one part in so many of the time
NAME_SIZE = 40  # bytes
_NOTHING = (0,) * 9
_pack = layout.COROUTINE.pack_into
_pack_numbers = layout.COROUTINE_NUMBERS.pack_into


class Records:
    """Those of one recording; `name` tells what a coroutine is called. Times are seconds of the scheduler's clock."""

    __slots__ = ("_name", "_over", "_recording", "due_at", "written_at")

    def __init__(self, recording: Recording, name: Callable[[Coroutine], str]) -> None:
        self._recording = recording
        self._name = name
        self._over: deque[Any] = deque()  # records of coroutines that have ended, oldest first
        self.written_at = 0.0  # when they were last brought up to date
        self.due_at = 0.0  # when that is to be done again

    def keep_name(self, coroutine: Coroutine) -> None:
        """The coroutine is about to let go of its function, which its name comes from."""
        if coroutine.slot is None:
            self._begin(coroutine)

    def rename(self, coroutine: Coroutine) -> None:
        """The coroutine is called something else from now on."""
        if coroutine.slot is not None:
            memory, at = coroutine.slot
            at += layout.COROUTINE_NUMBERS.size
            memory[at : at + NAME_SIZE] = self._encoded(coroutine).ljust(NAME_SIZE, b"\0")

    def bury(self, coroutine: Coroutine, now: float) -> None:
        """The coroutine has ended: its record stays until there is no room for another."""
        self._write(coroutine, layout.OVER, now, now)
        self._over.append(coroutine.slot)

    def update(self, coroutines: set[Coroutine], now: float, pause: float) -> None:
        """Write what those do who have begun or ended a wait since the last time; not again for at least `pause`."""
        begin, since = originals.monotonic(), self.written_at
        self.written_at = now
        for coroutine in coroutines:
            if coroutine.number and (coroutine.parked_at >= since or coroutine.ready_at >= since):
                if coroutine.parked:
                    self._write(coroutine, layout.WAITING, coroutine.parked_at, 0.0)
                else:
                    self._write(coroutine, layout.READY, coroutine.ready_at, 0.0)
        self.due_at = now + max(pause, _SHARE * (originals.monotonic() - begin))

    def _write(self, coroutine: Coroutine, state: int, since: float, ended: float) -> None:
        slot = coroutine.slot or self._begin(coroutine)
        site = coroutine.site
        _pack_numbers(
            slot[0],
            slot[1],
            coroutine.number,
            state,
            0 if site is None else site.number,
            coroutine.serial,
            coroutine.started_at,
            ended,
            since,
            coroutine.waited,
            coroutine.delayed,
        )

    def _begin(self, coroutine: Coroutine) -> Any:
        """Give the coroutine a record, which has nothing but its name."""
        name = self._encoded(coroutine)
        slot = coroutine.slot = self._slot()
        _pack(slot[0], slot[1], *_NOTHING, name)
        return slot

    def _encoded(self, coroutine: Coroutine) -> bytes:
        return self._name(coroutine).encode("utf-8", "backslashreplace")[:NAME_SIZE]

    def _slot(self) -> Any:
        """Room for one more record: new, or that of the coroutine which ended first."""
        slot = self._recording.slot()
        if slot is None and self._over:
            slot = self._over.popleft()
        if slot is None:
            self._recording.more_slots()
            slot = self._recording.slot()
        return slot
