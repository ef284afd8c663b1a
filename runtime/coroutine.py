"""A coroutine: one thread of the program, carried by a greenlet.

A coroutine is not itself a greenlet. The main coroutine lives on the operating-system thread's root greenlet, which
cannot be subclassed, and a program may run greenlets of its own inside a coroutine: `greenlet` is whichever of them
parked last and has to be resumed.

Who wakes a coroutine names the wait it means by `serial`; a waker that comes too late then hits nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from greenlet import greenlet

    from ocoro.runtime.local import Holder
    from ocoro.runtime.tally import Site

NEVER = float("inf")

RUNNING = 0  # on the thread, or in the ready queue
PARKED = 1  # waits for something
NUDGED = 2  # waits for something, but stands in the ready queue to run signal handlers first

BURIED = -1  # as its serial: it stayed behind in the parent when this process was forked


class Coroutine:
    """The scheduler's record of one coroutine. Times are seconds of the scheduler's clock."""

    __slots__ = (
        "__weakref__",
        "alarm",
        "args",
        "awaited",
        "deadline",
        "deaf",
        "delayed",
        "expired",
        "function",
        "granted",
        "greenlet",
        "handle",
        "ident",
        "interrupted",
        "kwargs",
        "locals",
        "number",
        "outcome",
        "overtaken",
        "parked",
        "parked_at",
        "ready_at",
        "sentinel",
        "serial",
        "site",
        "slot",
        "started_at",
        "task",
        "waited",
        "waker",
        "yields",
    )

    def __init__(
        self,
        greenlet: greenlet | None,
        function: Callable[..., object] | None = None,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> None:
        self.greenlet = greenlet
        self.function = function
        self.args = args
        self.kwargs = kwargs
        self.ident = id(self)  # what `threading.get_ident` says: unique among those alive, as a pthread's is
        self.parked = RUNNING
        self.serial = 0  # number of the present or next wait
        self.deadline = NEVER  # when the present wait times out
        self.alarm = NEVER  # when the entry in the timer heap is due
        self.deaf = False  # no signal handler may run in its wait
        self.expired = False  # the last wait ended by its deadline
        self.awaited: Any = None  # the lock in whose queue it stands
        self.granted = False  # in the queue of a lock: it was handed over
        self.overtaken = False  # in the queue of a lock: it was chosen, and somebody else was quicker
        self.ready_at = 0.0  # when the last wait ended
        self.number = 0  # in recordings: 1 is the main coroutine, 0 the hub
        self.site: Site | None = None  # the call it waits in, or waited in last
        self.waker = 0  # number of the coroutine that ended the last wait; 0: an fd or a timer
        self.yields = False  # it lets others run, of its own accord, and does not wait
        self.started_at = 0.0
        self.parked_at = 0.0  # when the last wait began
        self.waited = 0.0  # sum of its waits
        self.delayed = 0.0  # sum of the delays between ready and resumed
        self.slot: Any = None  # where its record is, once it has one
        self.locals: Holder | None = None  # which `threading.local` objects it has attributes in
        self.interrupted: dict[int, bool] | None = None  # waits that a signal handler interrupted -> woken meanwhile
        self.sentinel: Any = None  # lock released at the end (Python 3.11 and 3.12)
        self.handle: Any = None  # joinable handle set done at the end (Python 3.13)
        self.outcome: BaseException | None = None
        self.task: Any = None  # what the API knows of it, see `runtime.api`

    def bury(self) -> None:
        """It is not in this process, the child of a fork: nobody can wake it, whatever it waited for in the parent.

        It does not wait, so what would wake it has no effect, and who looks for somebody to wake passes it over.
        """
        self.parked = RUNNING
        self.serial = BURIED
        self.interrupted = None
