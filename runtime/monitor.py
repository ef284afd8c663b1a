"""Preemption: a real thread that looks, once per time slice, whether the same coroutine still runs.

If so it raises a signal number of our own inside the interpreter (`_thread.interrupt_main`), whose Python handler lets
the others run. No signal is sent by the kernel, so no system call is ever interrupted. The handler runs between two
bytecodes of whatever is interrupted; where that is our own code, the others run when it is left.

The thread starts with the second coroutine and rests while the hub sleeps.
"""

from __future__ import annotations

from ocoro.runtime import originals
from ocoro.runtime.instance import scheduler

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from typing import Any

SLICE = 0.01  # seconds
SIGNAL = 63  # SIGRTMAX - 1: above all that programs use, as CPython runs pending handlers in ascending order


class Monitor:
    """One per process, and one anew in the child of a fork."""

    def __init__(self) -> None:
        self._gate = originals.allocate_lock()  # shut while it rests
        self._gate.acquire()
        self._stopped = False

    def start(self) -> None:
        """Begin to look; without threads to be had, nothing is preempted."""
        try:
            originals.start_new_thread(self._run, ())
        except RuntimeError:
            return
        scheduler.monitor = self

    def stop(self) -> None:
        """Never ask again: the interpreter is about to end."""
        self._stopped = True

    def wake(self) -> None:
        """The hub has something to do again."""
        self._gate.release()

    def _run(self) -> None:
        scheduler.helpers.add(originals.get_ident())
        seen: Any = None
        while not self._stopped:
            originals.sleep(SLICE)
            if scheduler.sleeping:
                scheduler.resting = True
                self._gate.acquire()
            state = scheduler.current, scheduler.switched_at
            if state == seen and state[0] is not scheduler.hub and not self._stopped:
                scheduler.asked = True
                originals.interrupt_main(SIGNAL)
            seen = state
