"""Raising an exception in a coroutine that waits: how a cancellation or a time-out gets there.

A wait is either fulfilled or interrupted, never both. The coroutine is put into the ready queue in the middle of its
wait (NUDGED); if somebody wakes it before its turn comes, the wait has been fulfilled, its result is delivered, and the
exception comes in the next wait. So no notification, lock or item is lost to who does not take it.

Nobody who switches asks whether there is an exception to be raised. `Detour` stands in for the greenlet of the
coroutine and has its `switch`; whoever takes the coroutine from the ready queue calls that.
"""

from __future__ import annotations

from ocoro.runtime.coroutine import NUDGED, PARKED, RUNNING, Coroutine
from ocoro.runtime.env import PUSH_EXC_INFO, RESUME
from ocoro.runtime.instance import scheduler
from ocoro.runtime.places import Places
from ocoro.runtime.switching import monotonic

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType, FrameType
    from typing import Any

_tally = scheduler.recorder.tally("interrupt")
_undelivered: list[Coroutine] = []  # have something pending, and did not wait when it came
_is_the_programs = Places().is_the_programs


class Detour:
    """Stands in for the greenlet of a coroutine that is to be interrupted."""

    __slots__ = ("_coroutine", "_greenlet")

    def __init__(self, coroutine: Coroutine) -> None:
        self._coroutine = coroutine
        self._greenlet: Any = coroutine.greenlet

    def switch(self) -> None:
        """Resume the coroutine by its exception, unless it has been woken."""
        coroutine, greenlet = self._coroutine, self._greenlet
        coroutine.greenlet = greenlet
        if coroutine.parked or coroutine.yields:
            coroutine.parked = RUNNING
            error = coroutine.task.pending.pop(0)
            _later(coroutine)
            greenlet.throw(error)
        else:
            _later(coroutine)
            greenlet.switch()

    @property
    def gr_frame(self) -> FrameType | None:
        """Where the coroutine waits."""
        frame: FrameType | None = self._greenlet.gr_frame
        return frame


def interrupt(coroutine: Coroutine, error: BaseException) -> None:
    """Have `error` raised in the present wait of `coroutine`, or else in its next one. On the home thread.

    A coroutine that has not begun to run looks by itself what is pending.
    """
    coroutine.task.pending.append(error)
    if not _deliver(coroutine):
        _later(coroutine)


def _deliver(coroutine: Coroutine) -> bool:
    """See to it that the first pending exception will be raised; False when it is too early for that."""
    greenlet: Any = coroutine.greenlet
    if not coroutine.task.pending or coroutine not in scheduler.coroutines or greenlet is scheduler.hub.greenlet:
        return True
    if coroutine is scheduler.current:
        return False
    if type(greenlet) is Detour:
        return True
    if coroutine.parked == PARKED:
        coroutine.ready_at = monotonic()
        scheduler.ready.append(coroutine)
        coroutine.parked = NUDGED
        if scheduler.dozing:
            scheduler.poller.wake()
    elif not coroutine.parked and not coroutine.yields:
        return False
    coroutine.greenlet = Detour(coroutine)
    return True


def _later(coroutine: Coroutine) -> None:
    """Try again, each time that all who are ready have had their turn, until the coroutine waits."""
    if coroutine.task.pending:
        _undelivered.append(coroutine)
        if len(_undelivered) == 1:
            scheduler.admit(Coroutine(scheduler.hub.greenlet, _deliver_rest))


def _deliver_rest() -> None:
    while _undelivered:
        _undelivered[:] = [coroutine for coroutine in _undelivered if not _deliver(coroutine)]
        if _undelivered:
            scheduler.yield_now(_tally)


def after_fork_in_child() -> None:
    """Only the forking coroutine is left, with what it has pending."""
    _undelivered.clear()
    if scheduler.current.task is not None:
        _later(scheduler.current)


def may_raise_in(frame: FrameType) -> bool:
    """Whether a computing coroutine, preempted in `frame`, may be left by an exception there.

    It is preempted at the end of a round of a loop or where a function begins (see `signals`), never where a call may
    just have returned a lock or data. The functions that tidy up are left alone: the standard library's, and special
    methods. So is the end of a round that 3.12 and 3.13 leave out of the `try` or `with` block around it: that would
    not see the exception.
    """
    code, at = frame.f_code, frame.f_lasti
    begins = code.co_code[at] == RESUME
    is_left_out = _is_guarded(code, at - 2) and not _is_guarded(code, at)
    return _is_the_programs(frame) and not (begins and code.co_name.startswith("__")) and not is_left_out


def _is_guarded(code: CodeType, offset: int) -> bool:
    """Whether `offset` is in a `try` or `with` block of `code` (CPython: exception_handling_notes.txt)."""
    table = iter(code.co_exceptiontable)
    for byte in table:
        start = 2 * _number(byte, table)
        size = 2 * _number(next(table), table)
        handler = 2 * _number(next(table), table)
        _number(next(table), table)  # how deep the stack is there
        if start <= offset < start + size:
            return code.co_code[handler] == PUSH_EXC_INFO  # else it is a comprehension's
    return False


def _number(byte: int, rest: Iterator[int]) -> int:
    """One of six bits in a byte, the highest first; one more bit says that there is another byte."""
    value = byte & 63
    while byte & 64:
        byte = next(rest)
        value = value << 6 | byte & 63
    return value
