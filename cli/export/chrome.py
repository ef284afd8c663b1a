"""Chrome's JSON trace events, for chrome://tracing, Perfetto and what else reads them.

The file is an array, an event a line, sorted by time. The bracket at its end is optional in this format, so a file that
was cut opens. Format: "Trace Event Format", by the Chromium authors. Times are microseconds from the start of the run.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, BinaryIO

from ocoro.cli.export.tracks import (
    THREAD,
    THREAD_NAME,
    Count,
    Instant,
    Mark,
    Slice,
    Tracks,
    Wake,
    flow,
    in_json,
    printable,
    woken,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ocoro.cli.recorded.model import Event, Run

SUFFIX = ".trace.json"


def write(run: Run, file: BinaryIO) -> None:
    """Write the run's flight recorder as trace events."""
    tracks = Tracks(run)
    before = "[\n"
    for line in _lines(run, tracks):
        file.write((before + line).encode())
        before = ",\n"
    file.write(b"\n]\n")


def _lines(run: Run, tracks: Tracks) -> Iterator[str]:
    yield from _metadata(run, tracks)
    for mark in tracks.marks():
        track = THREAD if isinstance(mark, Count) else mark.track
        common = f'"pid":{run.pid},"tid":{_tid(run, track)},"ts":{mark.start / 1000}'
        for fields in _entries(mark, tracks):
            yield f"{{{fields},{common}}}"


def _tid(run: Run, track: int) -> int:
    """The coroutine's number, but never the process's: Perfetto takes that, like 0, for the main thread."""
    return track + 1 if track >= run.pid else track


def _metadata(run: Run, tracks: Tracks) -> Iterator[str]:
    def line(what: str, track: int = THREAD, **args: str | int) -> str:
        return in_json({"ph": "M", "name": what, "args": args, "pid": run.pid, "tid": _tid(run, track)})

    yield line("process_name", name=printable(run.program))
    if tracks.remarks():
        yield line("process_labels", labels=", ".join(tracks.remarks()))
    yield line("recording", run=printable(run.run_id), started_ns=run.started, dropped=run.dropped)
    for track in (THREAD, *tracks.numbers()):
        yield line("thread_name", track, name=THREAD_NAME if track == THREAD else tracks.name(track))
        yield line("thread_sort_index", track, sort_index=track)


def _entries(mark: Mark, tracks: Tracks) -> Iterator[str]:
    """The fields that are not common to all, for each of the trace events of one mark."""
    match mark:
        case Slice():
            yield f'"ph":"X","name":{_quoted(mark.name)},"dur":{(mark.end - mark.start) / 1000}' + _about(mark, tracks)
            if (event := woken(mark)) is not None:
                yield f'"ph":"f","bp":"e",{_arrow(event)}'
        case Instant():
            yield f'"ph":"i","s":"t","name":{_quoted(mark.name)}'
        case Wake():
            yield f'"ph":"s",{_arrow(mark.event)}'
        case Count():
            states = f'"running":{mark.running},"ready":{mark.ready},"waiting":{mark.waiting}'
            yield f'"ph":"C","name":"coroutines","args":{{{states}}}'


def _about(mark: Slice, tracks: Tracks) -> str:
    if mark.event is None:
        return ""
    return f',"cat":"{mark.event.kind}","args":{in_json(tracks.details(mark.event))}'


def _arrow(event: Event) -> str:
    return f'"name":"{event.kind}","cat":"wake","id":"{flow(event):#x}"'


@lru_cache(1024)
def _quoted(text: str) -> str:
    return in_json(text)
