"""The terminal while it shows a live view: keys as they are pressed, signals when it suits us, everything put back.

A signal may come while the screen is being put back. So handlers only note it and wake up the loop, which then leaves
in order: that alone makes sure that no signal and no exception leaves a terminal without its cursor or its echo.
"""

from __future__ import annotations

import os
import select
import signal
import termios
import tty
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

LEAVE = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGTSTP)
REDRAW = (signal.SIGWINCH,)
BYTES = 1024  # of keys, read at once


class Terminal:
    """Where keys come from, and the signals that came meanwhile."""

    def __init__(self, keys: int, alarm: int) -> None:
        self._keys = keys
        self._alarm = alarm
        self.leave = 0  # the signal to leave by

    def note(self, number: int, frame: FrameType | None) -> None:
        """The handler of all signals."""
        if number in LEAVE:
            self.leave = self.leave or number

    def wait(self, seconds: float) -> bytes | None:
        """Bytes from the keyboard; empty when the time is over or a signal came, None when the terminal is gone."""
        ready, _, _ = select.select([self._keys, self._alarm], [], [], max(0.0, seconds))
        if self._alarm in ready:
            os.read(self._alarm, BYTES)
        if self._keys not in ready:
            return b""
        try:
            return os.read(self._keys, BYTES) or None
        except OSError:
            return None


@contextmanager
def entered(keys: int) -> Iterator[Terminal]:
    """The terminal open at the file descriptor `keys`, without echo and without waiting for whole lines."""
    with _alarm() as (alarm, ring):
        terminal = Terminal(keys, alarm)
        handlers = {number: signal.signal(number, terminal.note) for number in LEAVE + REDRAW}
        waker = signal.set_wakeup_fd(ring, warn_on_full_buffer=False)
        modes = termios.tcgetattr(keys)
        try:
            tty.setcbreak(keys)
            yield terminal
        finally:
            _put_back(keys, modes)
            signal.set_wakeup_fd(waker)
            for number, handler in handlers.items():
                signal.signal(number, handler)


def suspend() -> None:
    """Stop this process as Ctrl-Z does; return when it goes on."""
    os.kill(os.getpid(), signal.SIGTSTP)


@contextmanager
def _alarm() -> Iterator[tuple[int, int]]:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    try:
        yield reader, writer
    finally:
        os.close(reader)
        os.close(writer)


def _put_back(keys: int, modes: list[object]) -> None:
    try:
        termios.tcsetattr(keys, termios.TCSADRAIN, modes)  # type: ignore[arg-type]
    except termios.error:  # the terminal is gone
        pass
