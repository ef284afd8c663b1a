"""The Perfetto export: decoded with Perfetto's own descriptors, and queried in its trace_processor."""

from __future__ import annotations

from collections import defaultdict

import pytest
from sample_run import MS, sample

from ocoro.cli.export import perfetto, protobuf

ERRORS = "select name, value from stats where value > 0 and severity in ('error', 'data_loss')"
BEGIN, END, INSTANT, COUNTER = 1, 2, 3, 4


@pytest.fixture
def decoded(exported):
    """A function: the packets of a run's trace."""
    reason = "needs the package perfetto from PyPI"
    messages = pytest.importorskip("perfetto.protos.perfetto.trace.perfetto_trace_pb2", reason=reason)

    def decode(run):
        trace = messages.Trace.FromString(exported(perfetto, run))
        size = trace.ByteSize()
        trace.DiscardUnknownFields()
        assert trace.ByteSize() == size
        return list(trace.packet)

    return decode


def named(packets):
    """uuid -> name of the tracks."""
    tracks = (packet.track_descriptor for packet in packets if packet.HasField("track_descriptor"))
    return {track.uuid: track.name or track.thread.thread_name or track.process.process_name for track in tracks}


def events(packets):
    """The track events in the order of time, as trace_processor sorts them: (time, event, name)."""
    names = {}
    result = []
    for packet in packets:
        names.update((each.iid, each.name) for each in packet.interned_data.event_names)
        if packet.HasField("track_event"):
            result.append((packet.timestamp, packet.track_event, names.get(packet.track_event.name_iid)))
    return sorted(result, key=lambda event: event[0])


def slices(packets):
    """Track -> (name, start, end), in the order in which they begin; every begin must have its end."""
    found, stacks = defaultdict(list), defaultdict(list)
    tracks = named(packets)
    for time, event, name in events(packets):
        track = tracks[event.track_uuid]
        if event.type == BEGIN:
            stacks[event.track_uuid].append((len(found[track]), time))
            found[track].append(name)
        elif event.type == END:
            at, start = stacks[event.track_uuid].pop()
            found[track][at] = (found[track][at], start, time)
    assert not any(stacks.values())
    return found


def test_varints_are_little_endian_groups_of_seven_bits():
    assert protobuf.varint(0) == b"\0"
    assert protobuf.varint(127) == b"\x7f"
    assert protobuf.varint(300) == b"\xac\x02"
    assert protobuf.varint(-1) == b"\xff" * 9 + b"\x01"
    assert protobuf.varint(2**64 - 1) == b"\xff" * 9 + b"\x01"


def test_fields_have_a_number_and_a_wire_type():
    assert protobuf.integer(1, 150) == b"\x08\x96\x01"
    assert protobuf.string(2, "testing") == b"\x12\x07testing"
    assert protobuf.fixed64(3, 1) == b"\x19\x01" + b"\0" * 7
    assert protobuf.double(16, 1.0) == b"\x81\x01" + b"\0" * 6 + b"\xf0\x3f"
    assert protobuf.message(3, protobuf.integer(1, 150)) == b"\x1a\x03\x08\x96\x01"


def test_tracks_have_names(decoded):
    names = list(named(decoded(sample())).values())
    counters = ["coroutines running", "coroutines ready", "coroutines waiting"]
    assert names == ["work.py", "thread", *counters, "coroutines", "MainThread", "worker-a", "worker-b"]


def test_tracks_of_one_name_stay_apart(decoded):
    tracks = [packet.track_descriptor for packet in decoded(sample())]
    ours = [track for track in tracks if track.name in ("MainThread", "worker-a", "worker-b")]
    assert [track.sibling_order_rank for track in ours] == [1, 2, 3]
    assert {track.sibling_merge_behavior for track in ours} == {2}


def test_process_says_what_ran(decoded):
    process = decoded(sample())[1].track_descriptor.process
    assert (process.pid, list(process.cmdline)) == (4711, ["python", "work.py", "--fast"])
    assert list(process.process_labels) == []


def test_what_was_dropped_is_said(decoded, odd_run):
    process = decoded(odd_run)[1].track_descriptor.process
    assert list(process.process_labels) == ["5 older events were dropped", "the file is cut"]


def test_slices_are_nanoseconds_and_nested(decoded):
    found = slices(decoded(sample()))
    expected = [("running", 8, 9), ("sleep", 9, 109), ("late", 109, 111), ("running", 111, 112), ("lock", 112, 162)]
    expected += [("late", 162, 163), ("running", 163, 163), ("running", 230, 240)]
    assert found["worker-b"] == [(name, start * MS, end * MS) for name, start, end in expected]
    assert ("blocked", 40 * MS, 70 * MS) in found["thread"]
    assert ("send", 31 * MS, 32 * MS) in found["MainThread"]


def test_first_packet_starts_the_interned_texts(decoded):
    packets = decoded(sample())
    assert [packet.sequence_flags for packet in packets] == [1] + [2] * (len(packets) - 1)
    assert {packet.trusted_packet_sequence_id for packet in packets} == {1}
    iids = [each.iid for packet in packets for each in packet.interned_data.event_names]
    assert len(iids) == len(set(iids))


def test_a_run_without_events_has_tracks_only(decoded, empty_run):
    assert events(decoded(empty_run)) == []


def test_odd_run_is_nested(decoded, odd_run):
    found = slices(decoded(odd_run))
    assert {"coroutine 17", "\N{GRINNING FACE} out of the BMP", "two\nlines; and\ta tab", "not text \\udc80"} <= set(
        found
    )
    assert all(start <= end for track in found.values() for _, start, end in track)


def test_memory_stays_bounded(peak, long_run):
    assert peak(perfetto, long_run) < 16e6


def test_trace_processor_reads_it(exported, trace_processor):
    errors, slices, details, flows, counters, start = trace_processor(
        exported(perfetto, sample()),
        ERRORS,
        "select ts, dur, slice.name from slice join track on track_id = track.id where track.name = 'worker-b'"
        " and dur > 0 order by ts",
        "select key, display_value from slice join args using (arg_set_id) where slice.name = 'recv'"
        " and key like 'debug.%' order by key",
        "select o.name, o.ts, i.name, i.ts from flow join slice o on slice_out = o.id join slice i on slice_in = i.id"
        " order by o.ts",
        "select ts, value from counter join track on track_id = track.id where name = 'coroutines waiting' limit 4",
        "select clock_name, clock_value from clock_snapshot where clock_name = 'REALTIME'",
    )
    assert errors == []
    expected = [("running", 8, 1), ("sleep", 9, 100), ("late", 109, 2), ("running", 111, 1)]
    expected += [("lock", 112, 50), ("late", 162, 1), ("running", 230, 10)]
    assert slices == [(start * MS, time * MS, name) for name, start, time in expected]
    assert details == [
        ("debug.fd", "5"),
        ("debug.late us", "0.0"),
        ("debug.place", "/srv/app/main.py:40 fetch"),
        ("debug.text", "recv(5<TCP 127.0.0.1:80>, 4096) = 512"),
        ("debug.wait us", "20000.0"),
        ("debug.woken by", "the kernel"),
    ]
    assert flows == [
        ("starts worker-a", 5 * MS, "running", 6 * MS),
        ("starts worker-b", 6 * MS, "running", 8 * MS),
        ("wakes worker-b", 162 * MS, "running", 163 * MS),
        ("wakes MainThread", 180 * MS, "running", 181 * MS),
        ("wakes MainThread", 240 * MS, "running", 241 * MS),
    ]
    assert counters == [(0, 0), (8 * MS, 1), (9 * MS, 2), (10 * MS, 3)]
    assert start == [("REALTIME", sample().started)]


def test_trace_processor_reads_an_odd_run(exported, trace_processor, odd_run):
    errors, names = trace_processor(exported(perfetto, odd_run), ERRORS, "select name from track")
    assert errors == []
    assert {('say "hi" \\ twice',), ("two\nlines; and\ta tab",), ("\N{GRINNING FACE} out of the BMP",)} <= set(names)
