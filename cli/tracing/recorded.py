"""Recorded events in the words in which calls are told live.

A traced run has its calls in words. Of other runs only the waits are known, and of these the fd.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from ocoro.cli.recorded.model import KERNEL, MAIN, OTHER_THREAD
from ocoro.cli.tracing import strace
from ocoro.cli.tracing.lines import Choice, how, line, place_in, times
from ocoro.cli.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ocoro.cli.recorded.model import Event, Run

MEANWHILE = 64  # waits of others that are looked at, to tell who ran in the meantime
CALLS = ("wait", "call")  # kinds of events that are calls
WAIT_FOR_PIDFD = ("waitpid",)  # their fd is one of ours, and no argument
SECOND = 1e9  # nanoseconds


def lines(run: Run, choice: Choice) -> Iterator[str]:
    """A line for each event of the run that `choice` wants, by its beginning; in strace's shape only calls and ends."""
    events = _Events(run, choice)
    yield from events.strace() if choice.strace else events.plain()


class _Events:
    """The events that are shown, and what one has to know of the others."""

    def __init__(self, run: Run, choice: Choice) -> None:
        self._run = run
        self._names = run.names()
        told = _told(run.events)
        waits = [event for event in run.events if event.kind == "wait"]
        self._wakers = {id(call): wait.waker for wait in waits if (call := _call_of(wait, told))}
        self._resumed = sorted((wait.end, wait.coroutine) for wait in waits)
        shown = [event for event in run.events if event.kind != "wait" or _call_of(event, told) is None]
        wanted = [each for each in shown if choice.tells(_name(each), (each.end - each.start) / SECOND)]
        self._events = sorted(wanted, key=lambda event: (event.start, event.end))
        self._in_file = bool(choice.output)
        self._has_end = run.state == "ended" and choice.tells("end", 0.0)

    # -- ocoro's manner ----------------------------------------------------------------------------------------------

    def plain(self) -> Iterator[str]:
        """A line for each event."""
        for event in self._events:
            place = place_in(self._run.directory, event.site.place) if event.site and event.site.file else ""
            clock = self._clock(event.start)
            yield line(clock, self._who(event.coroutine), self._text(event), self._times(event), place)

    def _text(self, event: Event) -> str:
        if event.kind == "spawn":
            return f"started by {self._waker(event.waker)}"
        if event.kind == "blocked":
            return f"blocked the thread, {event.value} ready"
        return visible(event.text) or {"end": "ended", "preempt": "preempted"}.get(event.kind) or _begun(event)

    def _times(self, event: Event) -> str:
        if event.kind == "blocked":
            return times((event.end - event.start) / SECOND, "", [])
        if event.kind not in CALLS:
            return ""
        seconds = (event.end - event.start) / SECOND
        suspended = event.kind == "wait" or event.ready > event.start
        waker = self._wakers.get(id(event), event.waker)
        woken = f", woken by {self._waker(waker)}" if suspended and waker != KERNEL else ""
        return times(seconds, how(seconds, suspended) + woken, self._meanwhile(event))

    def _meanwhile(self, event: Event) -> list[str]:
        """Who else was resumed from a wait during a call, in order."""
        first = bisect_right(self._resumed, (event.start, event.coroutine))
        others = (
            number
            for end, number in self._resumed[first : first + MEANWHILE]
            if end < event.end and number != event.coroutine
        )
        return [self._who(number) for number in dict.fromkeys(others)]

    def _clock(self, at: int) -> float:
        """Seconds since 1970."""
        return (self._run.started + at) / SECOND

    def _who(self, number: int) -> str:
        return self._names.get(number) or ("MainThread" if number == MAIN else f"coroutine {number}")

    def _waker(self, number: int) -> str:
        return "another thread" if number == OTHER_THREAD else self._who(number)

    # -- strace's manner ---------------------------------------------------------------------------------------------

    def strace(self) -> Iterator[str]:
        """The lines that strace would have printed, call by call as they began and ended."""
        writer = strace.Writer(self._in_file)
        text = ""
        for at, is_end, event in self._moments():
            number, clock = strace.thread(self._run.pid, _caller(event)), self._clock(at)
            if event.kind == "end":
                text += writer.over(number, clock)
            else:
                call = strace.Call(_call(event), *strace.split(_words(event)), self._run.pid)
                if is_end:
                    text += writer.end(event, number, clock, call, _seconds(event))
                else:
                    text += writer.begin(event, number, clock, call)
            complete, _, text = text.rpartition("\n")
            yield from complete.split("\n") if complete else ()
        if self._has_end:  # it was not recorded how
            text += writer.over(self._run.pid, self._clock(self._run.wall), strace.NO_RESULT)
        yield from filter(None, (text + writer.interrupt()).split("\n"))

    def _moments(self) -> list[tuple[int, bool, Event]]:
        """Beginnings and ends of calls, and ends of coroutines, by time; a call ends before another begins."""
        has_starts = any(event.kind == "call" and _name(event) == "start_thread" for event in self._run.events)
        kinds = (*CALLS, "end") if has_starts else (*CALLS, "end", "spawn")
        shown = [event for event in self._events if event.kind in kinds and not _ends_main(event)]
        return [
            (at, is_end, event)
            for at, _, _, is_end, event in sorted(
                moment for position, event in enumerate(shown) for moment in _moments_of(event, position)
            )
        ]


def _moments_of(event: Event, position: int) -> list[tuple[int, bool, int, bool, Event]]:
    """When, whether it comes after the ends of that time, which event, whether it ends; and the event itself."""
    if event.kind == "end":
        return [(event.end, False, position, True, event)]
    takes_no_time = event.start == event.end
    return [(event.start, True, position, False, event), (event.end, takes_no_time, position, True, event)]


def _told(events: list[Event]) -> dict[int, list[Event]]:
    """Of each coroutine, the calls that were recorded in words, by their beginning."""
    result: dict[int, list[Event]] = {}
    for event in events:
        if event.kind == "call":
            result.setdefault(event.coroutine, []).append(event)
    for calls in result.values():
        calls.sort(key=lambda event: event.start)
    return result


def _call_of(wait: Event, told: dict[int, list[Event]]) -> Event | None:
    """The call in words that a wait belongs to, if there is one."""
    calls = told.get(wait.coroutine, [])
    position = bisect_right(calls, wait.start, key=lambda event: event.start) - 1
    return calls[position] if position >= 0 and wait.start < calls[position].end else None


def _name(event: Event) -> str:
    """By which name an event is filtered."""
    if event.kind in CALLS:
        return event.site.call if event.site else event.text.partition("(")[0] or event.kind
    return event.kind


def names(run: Run) -> frozenset[str]:
    """By which names the events of a run are filtered."""
    return frozenset(map(_name, run.events))


def _ends_main(event: Event) -> bool:
    return event.kind == "end" and event.coroutine == MAIN


def _caller(event: Event) -> int:
    """Who made a call; a coroutine is started by another."""
    return event.waker if event.kind == "spawn" else event.coroutine


def _seconds(event: Event) -> float | None:
    """How long a call took; not known of one that started a coroutine."""
    return None if event.kind == "spawn" else (event.end - event.start) / SECOND


def _call(event: Event) -> str:
    return "start_thread" if event.kind == "spawn" else visible(_name(event))


def _begun(event: Event) -> str:
    """A call of which the words are not known."""
    name = _name(event)
    return f"{visible(name)}({event.fd if event.fd >= 0 and name not in WAIT_FOR_PIDFD else ''})"


def _words(event: Event) -> str:
    if event.kind == "spawn":
        return f"start_thread() = coroutine {event.coroutine}"
    return visible(event.text) or f"{_begun(event)} = {strace.NO_RESULT}"
