"""Chrome's JSON trace events, for chrome://tracing, Perfetto and what else reads them.

The file is an array of one event per line, sorted by time. The bracket at its end is optional in this format, so a file
that was cut opens. Format: "Trace Event Format" by the Chromium authors. Times are microseconds from the start of the run.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, BinaryIO

from ocoro.cli.export.tracks import THREAD, THREAD_NAME, Count, Instant, Mark, Slice, Tracks, Wake, flow, printable, woken

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ocoro.cli.recorded.model import Event, Run

SUFFIX = ".trace.json"

Entry = dict[str, Any]


def write(run: Run, file: BinaryIO) -> None:
    """Write the run's flight recorder as trace events."""
    tracks = Tracks(run)
    before = b"[\n"
    for entry in _entries(run, tracks):
        file.write(before + _line(run, entry))
        before = b",\n"
    file.write(b"\n]\n")


def _line(run: Run, entry: Entry) -> bytes:
    return json.dumps(entry | {"pid": run.pid}, separators=(",", ":")).encode()


def _entries(run: Run, tracks: Tracks) -> Iterator[Entry]:
    yield from _metadata(run, tracks)
    for mark in tracks.marks():
        for entry in _marked(mark, tracks):
            yield entry | {"ts": mark.start / 1000, "tid": _tid(run, getattr(mark, "track", THREAD))}


def _tid(run: Run, track: int) -> int:
    """The coroutine's number, but never the process's: Perfetto takes that, like 0, for the main thread."""
    return track + 1 if track >= run.pid else track


def _metadata(run: Run, tracks: Tracks) -> Iterator[Entry]:
    yield _named("process_name", THREAD, name=printable(run.program))
    if tracks.remarks():
        yield _named("process_labels", THREAD, labels=", ".join(tracks.remarks()))
    yield _named("recording", THREAD, run=printable(run.run_id), started_ns=run.started, dropped=run.dropped)
    for track in (THREAD, *tracks.numbers()):
        name = THREAD_NAME if track == THREAD else tracks.name(track)
        yield _named("thread_name", _tid(run, track), name=name)
        yield _named("thread_sort_index", _tid(run, track), sort_index=track)


def _named(metadata: str, tid: int, **args: str | int) -> Entry:
    return {"ph": "M", "name": metadata, "tid": tid, "args": args}


def _marked(mark: Mark, tracks: Tracks) -> Iterator[Entry]:
    match mark:
        case Slice():
            yield _slice(mark, tracks)
            if (event := woken(mark)) is not None:
                yield {"ph": "f", "bp": "e"} | _arrow(event)
        case Instant():
            yield {"ph": "i", "s": "t", "name": mark.name}
        case Wake():
            yield {"ph": "s"} | _arrow(mark.event)
        case Count():
            states = {"running": mark.running, "ready": mark.ready, "waiting": mark.waiting}
            yield {"ph": "C", "name": "coroutines", "args": states}


def _slice(mark: Slice, tracks: Tracks) -> Entry:
    entry: Entry = {"ph": "X", "name": mark.name, "dur": (mark.end - mark.start) / 1000}
    if mark.event is not None:
        entry |= {"cat": mark.event.kind, "args": tracks.details(mark.event)}
    return entry


def _arrow(event: Event) -> Entry:
    return {"name": event.kind, "cat": "wake", "id": f"{flow(event):#x}"}
