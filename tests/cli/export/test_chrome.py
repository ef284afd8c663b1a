"""The Chrome export: what is in it, entry by entry, and what Perfetto's reader of this format makes of it."""

from __future__ import annotations

import json
from collections import defaultdict

import pytest
from sample_run import MS, RECV, sample

from ocoro.cli.export import chrome
from ocoro.cli.recorded.model import CoroutineRecord, Event

THREAD = 0
ERRORS = "select name, value from stats where value > 0 and severity in ('error', 'data_loss')"


@pytest.fixture
def entries(exported):
    return json.loads(exported(chrome, sample()))


def of_kind(entries, *kinds):
    return [entry for entry in entries if entry["ph"] in kinds]


def slices(entries, tid):
    """(name, start, duration) in milliseconds."""
    return [
        (each["name"], each["ts"] / 1000, each["dur"] / 1000) for each in of_kind(entries, "X") if each["tid"] == tid
    ]


def assert_nested(entries):
    ends = defaultdict(list)
    for entry in of_kind(entries, "X"):
        start, end = round(entry["ts"] * 1000), round((entry["ts"] + entry["dur"]) * 1000)
        open_ends = ends[entry["tid"]]
        while open_ends and open_ends[-1] <= start:
            open_ends.pop()
        assert start <= end <= min(open_ends, default=end)
        open_ends.append(end)


def assert_sorted(entries):
    times = [entry["ts"] for entry in entries if entry["ph"] != "M"]
    assert times == sorted(times)


def test_entries_are_sorted_and_nested(entries):
    assert_sorted(entries)
    assert_nested(entries)
    assert {entry["pid"] for entry in entries} == {4711}


def test_tracks_have_names_and_an_order(entries):
    named = [(each["tid"], each["args"]["name"]) for each in of_kind(entries, "M") if each["name"] == "thread_name"]
    assert named == [(0, "thread"), (1, "MainThread"), (2, "worker-a"), (3, "worker-b")]
    order = [each["args"]["sort_index"] for each in of_kind(entries, "M") if each["name"] == "thread_sort_index"]
    assert order == [0, 1, 2, 3]
    (process,) = (each for each in entries if each["name"] == "process_name")
    assert process["args"] == {"name": "work.py"}


def test_a_wait_says_everything_about_itself(entries):
    (wait,) = (each for each in entries if each["name"] == "recv")
    assert wait == {
        "ph": "X",
        "name": "recv",
        "dur": 20000,
        "cat": "wait",
        "args": {
            "place": "/srv/app/main.py:40 fetch",
            "fd": 5,
            "woken by": "the kernel",
            "wait us": 20000,
            "late us": 0,
            "text": "recv(5<TCP 127.0.0.1:80>, 4096) = 512",
        },
        "pid": 4711,
        "tid": 1,
        "ts": 10000,
    }


def test_late_follows_the_wait(entries):
    expected = [
        ("running", 8, 1),
        ("sleep", 9, 100),
        ("late", 109, 2),
        ("running", 111, 1),
        ("lock", 112, 50),
        ("late", 162, 1),
        ("running", 163, 0),
        ("running", 230, 10),
    ]
    assert slices(entries, 3) == expected


def test_sums_are_those_of_the_aggregates(entries):
    waits = defaultdict(int)
    for entry in of_kind(entries, "X"):
        if entry.get("cat") == "wait":
            waits[entry["args"]["place"], entry["name"]] += round(entry["dur"] * 1000)
    aggregates = {(each.site.place, each.site.call): each.wait for each in sample().aggregates if each.wait}
    assert waits == aggregates


def test_thread_shows_who_runs_and_what_blocks(entries):
    assert slices(entries, THREAD) == [
        ("MainThread", 0, 6),
        ("worker-a", 6, 2),
        ("worker-b", 8, 1),
        ("MainThread", 9, 1),
        ("MainThread", 30, 10),
        ("blocked", 40, 30),
        ("MainThread", 70, 30),
        ("worker-a", 109, 2),
        ("worker-b", 111, 1),
        ("worker-a", 112, 51),
        ("worker-b", 163, 0),  # it came, but worker-a ended later without having come again
        ("worker-a", 163, 17),
        ("MainThread", 181, 49),
        ("worker-b", 230, 10),
        ("MainThread", 241, 9),
    ]
    (blocked, _) = (each for each in entries if each["name"] == "blocked")
    assert blocked["args"] == {"place": "/srv/app/main.py:44 hash_it", "ready meanwhile": 1}


def test_a_call_is_inside_running(entries):
    assert ("send", 31, 1) in slices(entries, 1)
    assert ("running", 30, 10) in slices(entries, 1)


def test_arrows_go_from_waker_to_woken(entries):
    starts = {each["id"]: each for each in of_kind(entries, "s")}
    arrows = [
        (starts[each["id"]]["tid"], starts[each["id"]]["ts"] / 1000, each["tid"], each["ts"] / 1000)
        for each in of_kind(entries, "f")
    ]
    assert arrows == [(1, 5, 2, 6), (1, 6, 3, 8), (2, 162, 3, 163), (2, 180, 1, 181), (3, 240, 1, 241)]


def test_counters_follow_the_states(entries):
    counts = {each["ts"] / 1000: tuple(each["args"].values()) for each in of_kind(entries, "C")}
    assert list(of_kind(entries, "C")[0]["args"]) == ["running", "ready", "waiting"]
    assert counts[5] == (1, 1, 0)
    assert counts[10] == (0, 0, 3)
    assert counts[40] == (0, 0, 2)
    assert counts[109] == (1, 1, 1)
    assert counts[241] == (1, 0, 0)


def test_counters_end_with_what_is_left(exported):
    run = sample()
    run.wall = 300 * MS
    last = of_kind(json.loads(exported(chrome, run)), "C")[-1]
    assert (last["ts"], last["args"]) == (250000, {"running": 0, "ready": 0, "waiting": 0})


def test_preemption_is_an_instant(entries):
    (preempt,) = (each for each in entries if each["name"] == "preempt")
    assert (preempt["ph"], preempt["s"], preempt["tid"], preempt["ts"]) == ("i", "t", 2, 125000)


def test_nanoseconds_are_kept(exported):
    run = sample()
    run.wall = 4 * 10**15
    run.events = [Event("wait", 1, 10**15 + 1, 10**15 + 1003, 2 * 10**15 + 7, RECV)]
    waits = [each for each in json.loads(exported(chrome, run), parse_float=str) if each["name"] in ("recv", "late")]
    assert [(each["ts"], each["dur"]) for each in waits] == [
        ("1000000000000.001", "1.002"),
        ("1000000000001.003", "999999999999.004"),
    ]


def test_what_was_dropped_is_said(exported, odd_run):
    entries = json.loads(exported(chrome, odd_run))
    labels, recording = (each["args"] for each in of_kind(entries, "M")[1:3])
    assert labels == {"labels": "5 older events were dropped, the file is cut"}
    assert recording["dropped"] == 5
    assert [each["name"] for each in of_kind(entries, "i")[:1]] == ["5 older events were dropped"]


def test_a_wait_without_end_is_shown(exported):
    run = sample()
    run.coroutine_records[2] = CoroutineRecord(3, "stuck", "waiting", 0, None, 1, 0, 0, RECV, 163 * MS)
    entries = json.loads(exported(chrome, run))
    (stuck,) = (each for each in of_kind(entries, "X") if each.get("args", {}).get("text") == "unfinished")
    assert (stuck["name"], stuck["tid"], stuck["ts"], stuck["dur"]) == ("recv", 3, 163000, 87000)


def test_a_run_without_events_is_an_array(exported, empty_run):
    assert {entry["ph"] for entry in json.loads(exported(chrome, empty_run))} == {"M"}


def test_odd_run_is_sorted_and_nested(exported, odd_run):
    entries = json.loads(exported(chrome, odd_run))
    assert_sorted(entries)
    assert_nested(entries)
    names = {each["tid"]: each["args"]["name"] for each in of_kind(entries, "M") if each["name"] == "thread_name"}
    assert names[18] == "coroutine 17"
    assert names[33] == "\N{GRINNING FACE} out of the BMP"
    assert names[32] == "two\nlines; and\ta tab"
    assert names[34] == "not text \\udc80"
    assert odd_run.pid not in names


def test_memory_stays_bounded(peak, long_run):
    assert peak(chrome, long_run) < 16e6


def test_trace_processor_reads_it(exported, trace_processor):
    errors, threads, slices, flows, counters = trace_processor(
        exported(chrome, sample()),
        ERRORS,
        "select tid, name from thread where upid = 1 order by tid",
        "select ts, dur, slice.name from slice join thread_track on track_id = thread_track.id"
        " join thread using (utid) where thread.name = 'worker-b' and dur > 0 order by ts",
        "select count(*) from flow",
        "select name, max(value) from counter join track on track_id = track.id group by name order by name",
    )
    assert errors == []
    assert threads == [(1, "MainThread"), (2, "worker-a"), (3, "worker-b"), (4711, "thread")]
    expected = [("running", 8, 1), ("sleep", 9, 100), ("late", 109, 2), ("running", 111, 1)]
    expected += [("lock", 112, 50), ("late", 162, 1), ("running", 230, 10)]
    assert slices == [(start * MS, time * MS, name) for name, start, time in expected]
    assert flows == [(5,)]
    assert counters == [("coroutines ready", 1), ("coroutines running", 1), ("coroutines waiting", 3)]


def test_trace_processor_reads_an_odd_run(exported, trace_processor, odd_run):
    errors, names = trace_processor(exported(chrome, odd_run), ERRORS, "select name from thread")
    assert [error for error in errors if not error[0].startswith("flow_")] == []  # a waker that did not run
    assert {('say "hi" \\ twice',), ("\N{GRINNING FACE} out of the BMP",)} <= set(names)


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_a_cut_file_still_opens(exported, trace_processor, share):
    data = exported(chrome, sample())
    cut = data[: int(len(data) * share)]
    whole_lines = cut.rpartition(b"\n")[0].rstrip(b",")
    complete = json.loads(whole_lines + b"]")
    (count,) = trace_processor(cut, "select count(*) from slice where dur > 0")
    assert count == [(len([entry for entry in complete if entry.get("dur")]),)]
