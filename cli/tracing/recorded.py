"""Recorded events in the words in which calls are told live."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from ocoro.cli.recorded.model import KERNEL, OTHER_THREAD
from ocoro.cli.tracing.lines import Choice, line

if TYPE_CHECKING:
    from ocoro.cli.recorded.model import Event, Run

STRACE_NAMES = {
    "recv": "recvfrom",
    "send": "sendto",
    "sendall": "sendto",
    "accept": "accept4",
    "sleep": "clock_nanosleep",
}


def lines(run: Run, choice: Choice) -> Iterator[str]:
    """A line for each event of the run that `choice` wants, by its beginning."""
    names = run.names()
    told = _told(run.events)
    for event in sorted(run.events, key=lambda event: (event.start, event.end)):
        if event.kind == "wait" and _is_part(event, told):
            continue
        call = event.site.call if event.site else event.kind
        if choice.calls(call) and choice.lasts((event.end - event.start) / 1e9):
            yield _strace(run, event, call) if choice.strace else _plain(run, event, call, names)


def _told(events: list[Event]) -> dict[int, list[Event]]:
    """Of each coroutine, the calls that were recorded in words, by their beginning."""
    result: dict[int, list[Event]] = {}
    for event in events:
        if event.kind == "call":
            result.setdefault(event.coroutine, []).append(event)
    for calls in result.values():
        calls.sort(key=lambda event: event.start)
    return result


def _is_part(wait: Event, told: dict[int, list[Event]]) -> bool:
    """Whether a wait belongs to a call that is told itself."""
    from bisect import bisect_right

    calls = told.get(wait.coroutine, ())
    position = bisect_right(calls, wait.start, key=lambda event: event.start) - 1
    return position >= 0 and wait.start < calls[position].end


def _plain(run: Run, event: Event, call: str, names: dict[int, str]) -> str:
    name = names.get(event.coroutine) or f"coroutine {event.coroutine}"
    clock = (run.started + event.start) / 1e9
    place = event.site.place if event.site and event.site.file else ""
    suspended = event.kind == "wait" or event.ready > event.start
    how = event.kind if event.kind == "blocked" else "suspended" if suspended else ""
    if suspended and event.waker and event.kind == "wait":
        how += f"; woken by {_waker(event.waker, names)}"
    return line(clock, name, _text(event, call, names), (event.end - event.start) / 1e9, how, [], place)


def _text(event: Event, call: str, names: dict[int, str]) -> str:
    if event.text:
        return event.text
    if event.kind == "spawn":
        return f"started by {_waker(event.waker, names)}"
    if event.kind in ("end", "preempt"):
        return {"end": "ended", "preempt": "preempted"}[event.kind]
    if event.kind == "blocked":
        return f"thread blocked, {event.value} ready meanwhile"
    return f"{call}({event.fd})" if event.fd >= 0 else f"{call}()"


def _waker(number: int, names: dict[int, str]) -> str:
    if number == OTHER_THREAD:
        return "another thread"
    return "the kernel" if number == KERNEL else names.get(number) or f"coroutine {number}"


def _strace(run: Run, event: Event, call: str) -> str:
    moment = datetime.fromtimestamp((run.started + event.start) // 1000 / 1e6)
    pid = run.pid + max(event.coroutine, 1) - 1
    name = STRACE_NAMES.get(call, call)
    arguments = str(event.fd) if event.fd >= 0 else ""
    return f"[pid {pid:5}] {moment:%H:%M:%S.%f} {name}({arguments}) = ? <{(event.end - event.start) / 1e9:.6f}>"
