"""Perfetto's own format, for ui.perfetto.dev and its trace_processor: a protobuf `Trace`, which is a row of packets.

Format: protos/perfetto/trace/ in the Perfetto sources; the tables below name the fields used. Texts that come again are
sent once and then named by number (interned). Times are nanoseconds from the start of the run, as those of the clock
BOOTTIME, which Perfetto takes for the trace's own; a snapshot says what time of day the start was.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, BinaryIO

from ocoro.cli.export.protobuf import double, fixed64, integer, message, string
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
    printable,
    woken,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ocoro.cli.recorded.model import Run

SUFFIX = ".perfetto-trace"

TRACE_PACKET = 1  # the one field of Trace


class Packet:
    """Fields of TracePacket, and the only sequence of packets."""

    CLOCK_SNAPSHOT, TIMESTAMP, SEQUENCE, TRACK_EVENT, INTERNED, FLAGS, TRACK = 6, 8, 10, 11, 12, 13, 60
    FIRST_FLAG, LATER_FLAG = 1, 2  # nothing was interned before; what was interned before is needed
    ONLY_SEQUENCE = 1


class Clock:
    """Fields of ClockSnapshot and of the Clock in it, and clocks."""

    CLOCKS = 1
    ID, TIMESTAMP = 1, 2
    REALTIME, BOOTTIME = 1, 6


class Track:
    """Fields of TrackDescriptor and of the messages in it, and their values."""

    UUID, NAME, PROCESS, THREAD, PARENT, COUNTER, ORDERING, RANK, DESCRIPTION, MERGING = (
        1,
        2,
        3,
        4,
        5,
        8,
        11,
        12,
        14,
        15,
    )
    BY_RANK, NEVER_MERGED = 3, 2
    PROCESS_PID, PROCESS_COMMAND, PROCESS_NAME, PROCESS_LABELS = 1, 2, 6, 8
    THREAD_PID, THREAD_TID, THREAD_NAME = 1, 2, 5
    COUNTER_UNIT, COUNTER_COUNT = 3, 2


class TrackEvent:
    """Fields of TrackEvent, and its types."""

    ANNOTATIONS, TYPE, NAME_IID, TRACK_UUID, COUNTER, FLOWS, ENDING_FLOWS = 4, 9, 10, 11, 30, 47, 48
    BEGIN, END, INSTANT, COUNTER_TYPE = 1, 2, 3, 4


class Annotation:
    """Fields of DebugAnnotation."""

    NAME_IID, INTEGER, DOUBLE, STRING, STRING_IID = 1, 4, 5, 6, 17


class Interned:
    """Fields of InternedData that hold texts, and the fields of such a text."""

    NAMES, ANNOTATION_NAMES, ANNOTATION_STRINGS = 2, 3, 29
    IID, TEXT = 1, 2


PROCESS_UUID, COROUTINES_UUID, THREAD_UUID = 1, 2, 3
COUNTERS = {"running": 4, "ready": 5, "waiting": 6}  # uuids
FIRST_COROUTINE_UUID = 16
INTERNED_DETAILS = ("place", "woken by")  # the other texts hardly come again


def write(run: Run, file: BinaryIO) -> None:
    """Write the run's flight recorder as track events."""
    tracks = Tracks(run)
    writer = _Writer(run, tracks, file)
    writer.describe()
    for mark in tracks.marks():
        writer.write(mark)


class _Writer:
    def __init__(self, run: Run, tracks: Tracks, file: BinaryIO) -> None:
        self._run = run
        self._tracks = tracks
        self._file = file
        self._flag = Packet.FIRST_FLAG
        self._interned: dict[tuple[int, str], int] = {}
        self._new: list[bytes] = []  # interned for the next packet
        self._counted: dict[str, int] = {}

    def describe(self) -> None:
        """Say which tracks there are."""
        self._packet(message(Packet.CLOCK_SNAPSHOT, *_clocks(self._run)))
        for descriptor in (*self._general_tracks(), *map(self._coroutine_track, self._tracks.numbers())):
            self._packet(message(Packet.TRACK, descriptor))

    def _general_tracks(self) -> Iterator[bytes]:
        run = self._run
        process = integer(Track.PROCESS_PID, run.pid) + string(Track.PROCESS_NAME, printable(run.program))
        process += b"".join(string(Track.PROCESS_COMMAND, printable(word)) for word in run.command)
        process += b"".join(string(Track.PROCESS_LABELS, remark) for remark in self._tracks.remarks())
        yield integer(Track.UUID, PROCESS_UUID) + message(Track.PROCESS, process)
        thread = integer(Track.THREAD_PID, run.pid) + integer(Track.THREAD_TID, run.pid)
        thread += string(Track.THREAD_NAME, THREAD_NAME)
        yield integer(Track.UUID, THREAD_UUID) + _below(PROCESS_UUID) + message(Track.THREAD, thread)
        for name, uuid in COUNTERS.items():
            unit = message(Track.COUNTER, integer(Track.COUNTER_UNIT, Track.COUNTER_COUNT))
            yield integer(Track.UUID, uuid) + _below(PROCESS_UUID) + string(Track.NAME, f"coroutines {name}") + unit
        group = integer(Track.UUID, COROUTINES_UUID) + _below(PROCESS_UUID) + string(Track.NAME, "coroutines")
        yield group + integer(Track.ORDERING, Track.BY_RANK)

    def _coroutine_track(self, number: int) -> bytes:
        return (
            integer(Track.UUID, _uuid(number))
            + _below(COROUTINES_UUID)
            + string(Track.NAME, self._tracks.name(number))
            + string(Track.DESCRIPTION, f"coroutine {number}")
            + integer(Track.RANK, number)
            + integer(Track.MERGING, Track.NEVER_MERGED)  # else those of the same name become one
        )

    def write(self, mark: Mark) -> None:
        """Write the packets of one mark."""
        match mark:
            case Slice():
                self._slice(mark)
            case Instant():
                self._event(mark.start, TrackEvent.INSTANT, _uuid(mark.track), self._name(mark.name))
            case Wake():
                arrow = fixed64(TrackEvent.FLOWS, flow(mark.event))
                name = (
                    f"{'starts' if mark.event.kind == 'spawn' else 'wakes'} {self._tracks.name(mark.event.coroutine)}"
                )
                self._event(mark.start, TrackEvent.INSTANT, _uuid(mark.track), self._name(name), arrow)
            case Count():
                self._count(mark)

    def _slice(self, mark: Slice) -> None:
        uuid = _uuid(mark.track)
        parts = [self._name(mark.name)]
        if mark.event is not None:
            parts += (self._annotation(*detail) for detail in self._tracks.details(mark.event).items())
        if (event := woken(mark)) is not None:
            parts.append(fixed64(TrackEvent.ENDING_FLOWS, flow(event)))
        self._event(mark.start, TrackEvent.BEGIN, uuid, *parts)
        self._event(mark.end, TrackEvent.END, uuid)

    def _count(self, mark: Count) -> None:
        for name, uuid in COUNTERS.items():
            number = getattr(mark, name)
            if number != self._counted.get(name):
                self._event(mark.start, TrackEvent.COUNTER_TYPE, uuid, integer(TrackEvent.COUNTER, number))
                self._counted[name] = number

    def _annotation(self, name: str, value: str | int | float) -> bytes:
        key = integer(Annotation.NAME_IID, self._iid(Interned.ANNOTATION_NAMES, name))
        if isinstance(value, float):
            content = double(Annotation.DOUBLE, value)
        elif isinstance(value, int):
            content = integer(Annotation.INTEGER, value)
        elif name in INTERNED_DETAILS:
            content = integer(Annotation.STRING_IID, self._iid(Interned.ANNOTATION_STRINGS, value))
        else:
            content = string(Annotation.STRING, value)
        return message(TrackEvent.ANNOTATIONS, key, content)

    def _name(self, name: str) -> bytes:
        return integer(TrackEvent.NAME_IID, self._iid(Interned.NAMES, name))

    def _iid(self, kind: int, text: str) -> int:
        """The number of an interned text; a new one goes into the next packet."""
        iid = self._interned.get((kind, text))
        if iid is None:
            iid = self._interned[kind, text] = len(self._interned) + 1
            self._new.append(message(kind, integer(Interned.IID, iid), string(Interned.TEXT, text)))
        return iid

    def _event(self, time: int, kind: int, uuid: int, *parts: bytes) -> None:
        self._packet(integer(Packet.TIMESTAMP, time), message(Packet.TRACK_EVENT, _event_head(kind, uuid), *parts))

    def _packet(self, *parts: bytes) -> None:
        if self._new:
            parts = (message(Packet.INTERNED, *self._new), *parts)
            self._new.clear()
        self._file.write(message(TRACE_PACKET, _packet_head(self._flag), *parts))
        self._flag = Packet.LATER_FLAG


@lru_cache
def _packet_head(flag: int) -> bytes:
    return integer(Packet.SEQUENCE, Packet.ONLY_SEQUENCE) + integer(Packet.FLAGS, flag)


@lru_cache(1024)
def _event_head(kind: int, uuid: int) -> bytes:
    return integer(TrackEvent.TYPE, kind) + integer(TrackEvent.TRACK_UUID, uuid)


def _clocks(run: Run) -> Iterable[bytes]:
    for clock, time in ((Clock.BOOTTIME, 0), (Clock.REALTIME, run.started)):
        yield message(Clock.CLOCKS, integer(Clock.ID, clock), integer(Clock.TIMESTAMP, time))


def _below(uuid: int) -> bytes:
    return integer(Track.PARENT, uuid)


def _uuid(track: int) -> int:
    return THREAD_UUID if track == THREAD else FIRST_COROUTINE_UUID + track
