"""Python-level signal handlers run in the main coroutine, as Python runs them in the main thread.

The interpreter calls a handler wherever the home thread happens to be. `_arrived` stands in for every handler of the
program: in the main coroutine's own code it calls the handler there and then, in another coroutine or in the hub it
wakes main, and inside the runtime it asks again a moment later, by a signal number that no kernel ever sends.
"""

from __future__ import annotations

import sys

from ocoro.runtime import originals
from ocoro.runtime.frames import is_ours, theirs
from ocoro.runtime.instance import scheduler

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any

SIG_DFL = 0
AGAIN = 63  # SIGRTMAX - 1; above all that programs use, as CPython runs pending handlers in ascending order

handlers: dict[int, Any] = {}  # signal number -> the program's handler, where that is a Python callable


def begin() -> None:
    """Stand in for the handlers that are there already (SIGINT's), and claim the number for asking again."""
    scheduler.run_handlers = _run_pending
    for number in range(1, 65):
        try:
            handler = originals.getsignal(number)
        except ValueError:
            continue
        if callable(handler):
            install(number, handler)
    originals.set_signal(AGAIN, _asked_again)


def install(number: int, handler: Any) -> None:
    """Make `handler` the handler of signal `number`; raises what `signal.signal` raises."""
    if callable(handler):
        originals.set_signal(number, _arrived)
        handlers[number] = handler
    else:
        originals.set_signal(number, handler)
        handlers.pop(number, None)


def _arrived(number: int, frame: FrameType | None) -> None:
    scheduler.signals.append(number)
    _asked_again(number, frame)


def _asked_again(number: int, frame: FrameType | None) -> None:
    if scheduler.current is not scheduler.main:
        scheduler.nudge_main()
    elif frame is not None and is_ours(frame):
        originals.interrupt_main(AGAIN)
    else:
        _run_pending(frame)


def _run_pending(frame: FrameType | None = None) -> None:
    """Call the handlers of what has arrived; in the main coroutine only."""
    if frame is None:
        frame = theirs(sys._getframe(1))
    while scheduler.signals:
        number = scheduler.signals.popleft()
        handler = handlers.get(number)
        if handler is not None:
            handler(number, frame)
