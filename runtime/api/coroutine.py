"""The program's view of one coroutine."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from typing import Any, TypeVar

from ocoro.runtime.api.promise import Promise, T
from ocoro.runtime.api.states import State, state_of
from ocoro.runtime.coroutine import Coroutine as Record
from ocoro.runtime.errors import Cancelled
from ocoro.runtime.frames import hidden, is_ours, theirs
from ocoro.runtime.instance import scheduler
from ocoro.runtime.interrupts import interrupt, may_raise_in

R = TypeVar("R")


class Past:
    """What the scheduler's record of a coroutine keeps of it when it has ended: not its value, nor its error.

    Frames of others may refer to the record for a while.
    """

    __slots__ = ("clock", "end", "name", "pending", "priority")

    def __init__(self, name: str, end: State) -> None:
        self.name, self.end, self.priority = name, end, 0
        self.pending: list[BaseException] = []
        self.clock = None


class Coroutine(Promise[T]):
    """One coroutine, made by `spawn`, or found by `current` and `coroutines`.

    An error that its function raises is kept for `result`. If nobody has asked for it when the coroutine is forgotten,
    it is reported by `sys.unraisablehook`. Threads of `threading` and the main program are coroutines, too; these
    cannot be joined or cancelled here.

    >>> import ocoro
    >>> coroutine = ocoro.spawn(pow, 2, 10, name="power")
    >>> coroutine.result()
    1024
    >>> coroutine
    <ocoro.Coroutine 'power' Complete>
    """

    __slots__ = ("_call", "_name", "_record", "clock", "pending", "priority")

    def __init__(self, record: Record | None = None, call: Any = None, name: str = "", priority: int = 0) -> None:
        super().__init__()
        self._record = record
        self._call = call  # function and arguments, until it begins
        self._name = name
        self.priority = priority  # smaller runs first
        self.pending: list[BaseException] = []  # to be raised in it
        self.clock: Any = None  # of its time-outs

    @property
    def name(self) -> str:
        """The name given to `spawn`, or else the name of the function or the thread.

        >>> import ocoro
        >>> ocoro.spawn(len, "abc").name
        'len'
        """
        return self._name

    @property
    def state(self) -> State:
        """What it does just now. From any thread, for which it may have changed already.

        >>> import ocoro
        >>> ocoro.current().state
        <State.RUNNING: 'Running'>
        """
        record = self._record
        if record is None or self._end is not None:
            return self._end or State.COMPLETE
        if record in scheduler.coroutines:
            return state_of(record)
        return State.READY if self._call is not None else State.COMPLETE

    def stack(self) -> traceback.StackSummary:
        """The program's lines that it is in, outermost first; empty if it has not begun or has ended. From any thread.

        >>> import ocoro
        >>> coroutine = ocoro.spawn(ocoro.sleep, 60)
        >>> len(coroutine.stack())
        0
        """
        return at_home(self._stack)

    def _stack(self) -> traceback.StackSummary:
        record = self._record
        frame = None
        if record is not None and record in scheduler.coroutines:
            greenlet: Any = record.greenlet
            if record is scheduler.current:
                frame = sys._getframe()
            elif greenlet is not scheduler.hub.greenlet:
                frame = greenlet.gr_frame
        frame = theirs(frame)
        walked = [each for each in traceback.walk_stack(frame) if not is_ours(each[0])] if frame is not None else []
        return traceback.StackSummary.extract(reversed(walked))

    def cancel(self) -> bool:
        """Have `ocoro.Cancelled` raised in it, where it waits; False if it has ended already. From any thread.

        One that has not begun never does. One that computes is left at the end of a round of a loop, once it has had
        its time slice, and only where hooks are installed; else at its next wait. A call that has been fulfilled
        at this moment returns what it has got, and the next wait is cancelled. What runs in a real thread (`offload`,
        looking up a name) is not waited for any more, but goes on. Raises Cancelled if a coroutine cancels itself, and
        RuntimeError for the main program and for threads.

        >>> import ocoro
        >>> coroutine = ocoro.spawn(ocoro.sleep, 60)
        >>> coroutine.cancel(), coroutine.join(), coroutine.state
        (True, True, <State.CANCELLED: 'Cancelled'>)
        """
        return at_home(self._cancel)

    def _cancel(self) -> bool:
        record = self._record
        if record is None or self._end is not None:
            return False
        if record.function != self.run:
            raise RuntimeError("a thread, or the main program, cannot be cancelled")
        if record is scheduler.current:
            raise Cancelled("cancelled by itself")
        if not any(type(error) is Cancelled for error in self.pending):
            interrupt(record, Cancelled("cancelled"))
        return True

    def _refuse_self(self) -> None:
        record = self._record
        if record is None:
            return
        if record is scheduler.current and scheduler.at_home():
            raise RuntimeError("a coroutine cannot wait for itself")
        if record.function != self.run:
            raise RuntimeError("a thread is waited for by threading.Thread.join, the main program by nobody")

    @hidden
    def run(self) -> None:
        """What the coroutine does."""
        function, args = self._call
        self._call = value = error = None
        try:
            if self.pending:
                raise self.pending.pop(0)
            value = function(*args)
        except BaseException as raised:
            error = raised
        self.pending.clear()
        self._finish(value, error)

    def _finish(self, value: Any, error: BaseException | None) -> None:
        record, self._record = self._record, None
        self.clock = None
        self.settle(value, error)
        if record is not None:
            record.task, record.function = Past(self._name, self.state), None

    def interrupt_computing(self, frame: Any) -> None:
        """Raise what is pending, in the coroutine itself, which was preempted in `frame`."""
        if may_raise_in(frame):
            raise self.pending.pop(0)

    def put_off(self, errors: list[Cancelled]) -> None:
        """Have `errors`, which came at a bad moment, raised in the next waits."""
        for error in errors:
            if self._record is not None:
                interrupt(self._record, error.with_traceback(None))

    def withdraw(self, error: BaseException) -> None:
        """Do not raise `error` if that has not been done yet."""
        if error in self.pending:
            self.pending.remove(error)

    def __repr__(self) -> str:
        return f"<ocoro.Coroutine {self.name!r} {self.state.value}>"


def handle_of(record: Record) -> Coroutine[Any]:
    """The view of any coroutine."""
    if record.task is None:
        record.task = Coroutine(record, name=scheduler.recorder.name(record))
    task: Coroutine[Any] = record.task
    return task


def at_home(function: Callable[[], R]) -> R:
    """Call `function` on the home thread and return what it returns."""
    if scheduler.at_home():
        return function()
    errand: Promise[R] = Promise()
    scheduler.admit(Record(scheduler.hub.greenlet, _run_errand, (errand, function)))
    return errand.result()


def _run_errand(errand: Promise[R], function: Callable[[], R]) -> None:
    try:
        errand.settle(function(), None)
    except BaseException as error:
        errand.settle(None, error)
