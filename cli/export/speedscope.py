"""speedscope's file format: an evented profile per coroutine, in nanoseconds from the start of the run.

A stack is where the call was made, the call, and `late` for its part from ready to resumed; where nothing is open the
coroutine was running. Format: https://www.speedscope.app/file-format-schema.json. It wants events in order and properly
nested, so what overlaps in a damaged recording is cut.
"""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any, BinaryIO

import ocoro
from ocoro.cli.export.tracks import call, complete, in_json, label, printable
from ocoro.cli.recorded.model import MAIN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ocoro.cli.recorded.model import Event, Run, Site

SUFFIX = ".speedscope.json"

SHOWN = ("wait", "call", "blocked", "waiting", "ready")  # kinds of events
SCHEMA = "https://www.speedscope.app/file-format-schema.json"

Frame = tuple[str, str, int]  # name, file, line; the latter two are empty and 0 where there are none


class Frames(dict[Frame, int]):
    """The frames that all profiles share -> their numbers."""

    def __missing__(self, frame: Frame) -> int:
        self[frame] = len(self)
        return self[frame]


def write(run: Run, file: BinaryIO) -> None:
    """Write the run's flight recorder as profiles."""
    frames = Frames()
    file.write(b'{"$schema":%b,"exporter":%b,' % (_json(SCHEMA), _json(f"ocoro@{ocoro.__version__}")))
    file.write(b'"name":%b,"activeProfileIndex":0,"profiles":[' % _json(printable(run.program)))
    before = b"\n"
    for coroutine, events in _by_coroutine(run):
        file.write(before)
        _write_profile(run, coroutine, events, frames, file)
        before = b",\n"
    file.write(b'\n],"shared":{"frames":%b}}\n' % _json([_frame(*frame) for frame in frames]))


def _by_coroutine(run: Run) -> Iterator[tuple[int, Iterable[Event]]]:
    """The coroutines that have something to show; the main one if there are none, as there must be a profile."""
    events = [event for event in complete(run) if event.kind in SHOWN]
    events.sort(key=attrgetter("coroutine", "start", "end"))
    return groupby(events, attrgetter("coroutine")) if events else iter([(MAIN, ())])


def _write_profile(run: Run, coroutine: int, events: Iterable[Event], frames: Frames, file: BinaryIO) -> None:
    file.write(b'{"type":"evented","unit":"nanoseconds","name":%b,' % _json(label(run.names(), coroutine)))
    file.write(b'"startValue":0,"events":[')
    end = 0
    before = b""
    for kind, frame, at in _moments(events, frames):
        file.write(before + b'{"type":"%b","frame":%d,"at":%d}' % (kind, frame, at))
        before, end = b",", at
    file.write(b'],"endValue":%d}' % max(end, run.wall))


def _moments(events: Iterable[Event], frames: Frames) -> Iterator[tuple[bytes, int, int]]:
    """What opens (O) and closes (C) when: kind, frame, time."""
    now = 0
    for event in events:
        start = max(event.start, now)
        ready = max(event.ready if event.kind != "call" else event.end, start)
        now = max(event.end, ready)
        outer, inner = frames[_place(event.site)], frames[call(event), "", 0]
        yield b"O", outer, start
        yield b"O", inner, start
        if now > ready:
            late = frames["late", "", 0]
            yield b"O", late, ready
            yield b"C", late, now
        yield b"C", inner, now
        yield b"C", outer, now


def _place(site: Site | None) -> Frame:
    if site is None or not site.file:
        return "(elsewhere)", "", 0
    return printable(site.function or site.place), printable(site.file), site.line


def _frame(name: str, file: str, line: int) -> dict[str, Any]:
    return {"name": name, "file": file, "line": line} if file else {"name": name}


def _json(value: Any) -> bytes:
    return in_json(value).encode()
