"""The recorder: quantiles at most 6.25 % off, sums that add up, and all of it in the file."""

import errno
import functools
import gc
import random
import sys
import threading
from collections import Counter
from functools import partial
from types import SimpleNamespace

import pytest

from ocoro.cli.recorded.reader import read
from ocoro.runtime import layout, originals
from ocoro.runtime.coroutine import Coroutine
from ocoro.runtime.recorder import Recorder
from ocoro.runtime.recording import Recording, prepare
from ocoro.runtime.summary import CallSummary, Summary
from ocoro.runtime.tally import quantile

WORST = 0.0625


def call_of(*portions):
    """The summary of one call whose waits are these, folded in portions."""
    recorder = Recorder()
    site = recorder.tally("call").elsewhere
    for waits in portions:
        site.waits += waits
        site.lates += [0.5] * len(waits)
        recorder.fold(0.0, set())
    return recorder._call_summary(recorder.tally("call")), site


def quantile_of(values, share):
    _, site = call_of(values)
    return quantile(site.histogram, share)


def random_waits(seed, count):
    """From microseconds to hours, each power of ten as likely as the other."""
    chance = random.Random(seed)
    return [10 ** chance.uniform(-6, 4) for _ in range(count)]


@pytest.mark.parametrize("seed", range(3))
def test_single_wait_reads_back(seed):
    for value in random_waits(seed, 300):
        assert quantile_of([value], 0.5) == pytest.approx(value, rel=WORST)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.9, 0.99, 1.0])
@pytest.mark.parametrize("seed", range(3))
def test_quantile_is_near_the_true_one(seed, share):
    waits = random_waits(seed, 1000)
    true = sorted(waits)[max(0, round(share * 1000) - 1)]
    assert quantile_of(waits, share) == pytest.approx(true, rel=WORST)


def test_quantiles_never_exceed_the_longest():
    call, _ = call_of([1.0] * 99 + [1.001])
    assert call.p99 <= call.max == 1_001_000_000


@pytest.mark.parametrize("wait", [0.0, 1e-9, 2e-7])
def test_waits_too_short_to_tell_read_back_as_nothing(wait):
    assert quantile_of([wait, wait, wait], 0.5) == 0.0


def test_no_waits_have_no_quantile():
    assert quantile({}, 0.99) == 0.0


def test_sums_are_exact():
    waits = random_waits(1, 500)
    _, site = call_of(waits)
    assert (site.switches, site.longest) == (500, max(waits))
    assert site.wait == pytest.approx(sum(waits), rel=1e-12)


def test_folds_add_up():
    waits = random_waits(2, 90)
    _, parts = call_of(waits[:30], waits[30:60], waits[60:])
    _, whole = call_of(waits)
    assert (parts.switches, parts.longest, parts.histogram) == (90, whole.longest, whole.histogram)
    assert (parts.late, parts.switches) == (45.0, 90)


def test_histograms_merge_by_adding():
    left, right = random_waits(3, 100), random_waits(4, 100)
    merged = Counter(call_of(left)[1].histogram) + Counter(call_of(right)[1].histogram)
    assert merged == call_of(left + right)[1].histogram


def test_fold_empties_the_lists():
    _, site = call_of([1.0, 2.0], [])
    assert (site.waits, site.lates, site.switches) == ([], [], 2)


def test_calls_are_counted_whether_they_waited_or_not():
    recorder = Recorder()
    tally = recorder.tally("recv")
    for size in (10, 20, 30):
        tally.count(size)
    recorder.fold(0.0, set())
    assert (tally.elsewhere.calls, tally.elsewhere.bytes) == (3, 60)


def test_summary_is_in_nanoseconds():
    call, _ = call_of([0.25, 0.25, 0.5])
    assert (call.name, call.count, call.wait, call.max) == ("call", 3, 1_000_000_000, 500_000_000)
    assert call.p50 == pytest.approx(250_000_000, rel=WORST)
    assert call.p99 == pytest.approx(500_000_000, rel=WORST)


def test_call_has_one_tally():
    recorder = Recorder()
    assert recorder.tally("recv") is recorder.tally("recv")
    assert recorder.tally("recv") is not recorder.tally("send")


def test_begin_empties_the_same_tallies():
    recorder = Recorder()
    tally = recorder.tally("recv")
    tally.elsewhere.waits, tally.elsewhere.lates = [1.0], [0.0]
    recorder.fold(0.0, set())
    recorder.begin()
    assert recorder.tally("recv") is tally
    assert (tally.waits, tally.elsewhere.wait, tally.elsewhere.longest) == (0, 0.0, 0.0)


def test_fold_is_due_before_the_ring_has_turned(tmp_path):
    """However little time has passed: what a killed process did since the last fold stands in the ring only."""
    path = str(tmp_path / "run.ocoro")
    recorder = Recorder()
    assert not recorder.is_due(-1.0), "there is no ring"
    prepare(path, 10 * layout.EVENT_SIZE)
    recorder.record(lambda: Recording(path, 10 * layout.EVENT_SIZE))
    ring = len(recorder.recording.events)
    recorder.fold(0.0, set())
    for _ in range(3):  # also where the ring ends in between
        for event in range(1, (ring + 1) // 2 + 1):
            recorder.note(layout.PREEMPT, 1, 0, 0.0)
            assert recorder.is_due(0.0) == (2 * event >= ring)
        recorder.fold(0.0, set())
        assert not recorder.is_due(0.0)
    assert recorder.is_due(1.0)
    recorder.close(set())


def test_calls_come_by_sum_of_waits():
    recorder = Recorder()
    for name, wait in (("short", 1.0), ("none", None), ("long", 3.0), ("middle", 2.0)):
        if wait is not None:
            recorder.tally(name).elsewhere.waits.append(wait)
            recorder.tally(name).elsewhere.lates.append(0.0)
        recorder.tally(name)
    assert [call.name for call in recorder.summary().calls] == ["long", "middle", "short"]


@pytest.mark.parametrize("idle", [0.0, 0.25, 0.999])
def test_wall_is_running_idle_and_blocked(monkeypatch, idle):
    now = [50.0]
    monkeypatch.setattr(originals, "monotonic", lambda: now[0])
    recorder = Recorder()
    recorder.idle = idle
    now[0] += 1.0
    summary = recorder.summary()
    assert (summary.wall, summary.idle) == (1_000_000_000, round(idle * 1e9))
    assert summary.running + summary.idle + summary.blocked == summary.wall
    assert min(summary.running, summary.blocked) >= 0


def test_sleeping_thread_counts_as_blocked():
    recorder = Recorder()
    originals.sleep(0.02)
    assert recorder.summary().blocked > 15_000_000


def test_computing_counts_as_running():
    recorder = Recorder()
    until = originals.process_time_ns() + 20_000_000
    while originals.process_time_ns() < until:
        pass
    summary = recorder.summary()
    assert summary.running > 15_000_000
    assert summary.cpu >= 20_000_000


def test_every_switch_is_counted():
    recorder = Recorder()
    recorder.coroutines = 3  # the first switch to each of two was no wait
    site = recorder.tally("recv").elsewhere
    site.waits, site.lates = [1.0] * 5, [0.0] * 5
    assert recorder.summary().switches == 7


def summary_of(idle, waits):
    calls = tuple(CallSummary("call", 1, wait, 0, wait, wait, wait) for wait in waits)
    return Summary(1000, 0, 1000 - idle, idle, 0, 1, 1, 0, calls)


@pytest.mark.parametrize(
    ("idle", "waits", "overlapped"),
    [(100, [100], 0.0), (100, [500, 500], 0.9), (0, [70], 1.0), (100, [], 0.0), (100, [50], 0.0)],
)
def test_overlap_is_waits_without_idle(idle, waits, overlapped):
    summary = summary_of(idle, waits)
    assert summary.waits == sum(waits)
    assert summary.overlapped == pytest.approx(overlapped)


# -- in a file ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def recorder(tmp_path):
    """One that records into run.ocoro, and from then on into run-2.ocoro and so on."""
    opened = []

    def opener():
        path = str(tmp_path / ("run.ocoro" if not opened else f"run-{len(opened) + 1}.ocoro"))
        prepare(path, layout.PAGE)
        opened.append(Recording(path, layout.PAGE))
        opened[-1].begin(0, originals.monotonic(), {"program": "test"})
        return opened[-1]

    recorder = Recorder()
    recorder.record(opener)
    yield recorder
    recorder.close(set())


@pytest.fixture
def recorded(recorder, tmp_path):
    """What the first file says."""
    return partial(read, str(tmp_path / "run.ocoro"))


def here(recorder, call="recv"):
    """The site of a call that the test makes in the calling line."""
    return recorder.tally(call).site(sys._getframe(1))


def wait(site, *waits):
    site.waits += waits
    site.lates += [0.5] * len(waits)


def coroutine(number, name="worker"):
    made = Coroutine(None, lambda: None)
    made.number, made.task = number, SimpleNamespace(name=name)
    return made


def test_without_a_file_there_are_no_sites():
    recorder = Recorder()
    assert here(recorder) is recorder.tally("recv").elsewhere
    assert recorder.ring is None


def test_file_that_cannot_be_opened_leaves_the_sums():
    recorder = Recorder()
    recorder.record(lambda: None)
    wait(here(recorder), 1.0)
    assert recorder.summary().calls[0].count == 1


def test_each_line_has_a_site_of_its_own(recorder):
    sites = [here(recorder) for _ in range(3)]
    other = here(recorder)
    assert len({id(site) for site in sites}) == 1
    assert other is not sites[0]
    assert here(recorder, "send") is not sites[0]


def test_line_in_the_standard_library_is_the_callers(recorder, recorded):
    frames = [sys._getframe()]
    functools.reduce(lambda *_: frames.append(sys._getframe()), [1, 2])
    thread = threading.Thread(target=lambda: frames.append(sys._getframe(1)))  # in Thread.run, all of it the library's
    thread.start()
    thread.join()
    for number, frame in enumerate(frames):
        wait(recorder.tally(f"call {number}").site(frame), 1.0)
    recorder.fold(originals.monotonic(), set())
    files = {each.site.call: each.site.file for each in recorded().aggregates}
    assert files == {"call 0": __file__, "call 1": __file__, "call 2": threading.__file__}


def test_file_says_what_the_report_says(recorder, recorded):
    waits = random_waits(5, 400)
    site = here(recorder)
    for start in range(0, 400, 100):
        wait(site, *waits[start : start + 100])
        recorder.fold(originals.monotonic(), set())
    (call,) = recorder.summary().calls
    (aggregate,) = recorded().aggregates
    assert (aggregate.waits, aggregate.wait, aggregate.late) == (call.count, call.wait, call.late)
    assert (aggregate.longest, aggregate.histogram.total) == (call.max, 400)
    for share, expected in ((0.5, call.p50), (0.99, call.p99)):
        assert aggregate.histogram.quantile(share) == pytest.approx(expected, rel=WORST, abs=250)


@pytest.mark.parametrize(("seconds", "bucket"), [(0.0, 0), (1e-9, 0), (2.0**-22, 0), (2.0**18, 639), (1e8, 639)])
def test_extreme_waits_are_in_the_outermost_buckets(recorder, recorded, seconds, bucket):
    site = here(recorder)
    for _ in range(2):
        wait(site, seconds, seconds)
        recorder.fold(originals.monotonic(), set())
    assert recorded().aggregates[0].histogram.counts == {bucket: 4}


def test_errors_and_calls_reach_the_file_with_the_next_fold(recorder, recorded):
    tally = recorder.tally("recv")
    for size in (100, 200):
        tally.count(size)
    tally.failed()
    recorder.fold(originals.monotonic(), set())
    sums = {(each.calls, each.bytes, each.errors) for each in recorded().aggregates}
    assert sums == {(2, 300, 0), (1, 0, 1)}


def test_call_is_counted_where_it_is_made_on_the_home_thread(recorder, recorded):
    """Only the stack of that thread is looked at."""
    tally = recorder.tally("recv")

    def receive():
        tally.count(100)

    receive()
    thread = threading.Thread(target=receive)
    thread.start()
    thread.join()
    recorder.fold(originals.monotonic(), set())
    assert [(each.site.function.rpartition(".")[2], each.bytes) for each in recorded().aggregates] == [
        ("", 100),
        ("receive", 100),
    ]


def test_run_goes_on_without_its_file():
    recorder = Recorder()

    def opener():
        raise OSError(12, "Cannot allocate memory")

    recorder.record(opener)
    recorder.tally("recv").count(100)
    assert (recorder.ring, recorder.opening, recorder.failure) == (None, False, "Cannot allocate memory")
    assert recorder.summary().unrecorded == recorder.failure


def test_no_destructor_runs_while_a_site_is_made(recorder, monkeypatch):
    """The program's may wait or be preempted, and others would make sites in between."""
    collecting, new_site = [], recorder.new_site
    monkeypatch.setattr(
        Recorder, "new_site", lambda self, *args: (collecting.append(gc.isenabled()), new_site(*args))[1]
    )
    recorder.tally("recv").count()
    assert (collecting[-1], gc.isenabled()) == (False, True)


def test_call_of_a_child_that_has_not_waited_makes_no_recording(recorder):
    recorder.after_fork_in_child()
    tally = recorder.tally("recv")
    tally.count(100)
    assert (tally.elsewhere.bytes, recorder.ring) == (100, None)


def test_counting_takes_no_room_on_the_stack(recorder):
    """The call was made; that it is counted must not make it fail."""
    counted = []

    def deeper(tally):
        try:
            deeper(tally)
        except RecursionError:
            if not counted:
                counted.append(tally.count(100) or True)

    tally = recorder.tally("recv")
    deeper(tally)
    assert tally.elsewhere.bytes == 100


def test_error_alone_reaches_the_file(recorder, recorded):
    recorder.tally("recv").failed()
    recorder.fold(originals.monotonic(), set())
    (aggregate,) = recorded().aggregates
    assert (aggregate.calls, aggregate.errors) == (1, 1)


def test_ring_holds_the_newest_events(recorder, recorded):
    places = len(recorder.recording.events)
    for number in range(1, 2 * places + 6):
        recorder.note(layout.PREEMPT, number, 0, originals.monotonic())
    numbers = [event.coroutine for event in recorded().events]
    assert numbers == list(range(places + 6, 2 * places + 6))


def test_coroutines_are_written_by_what_they_do(recorder, recorded):
    waiting, ready = coroutine(1), coroutine(2)
    waiting.parked, waiting.parked_at = 1, originals.monotonic()
    waiting.site = here(recorder)
    ready.ready_at = originals.monotonic()
    recorder.fold(originals.monotonic(), {waiting, ready})
    first, second = recorded().coroutine_records
    assert (first.number, first.state, first.site.call, first.ended) == (1, "waiting", "recv", None)
    assert (second.number, second.state, second.site) == (2, "ready", None)


def test_record_of_the_first_that_ended_is_used_again(recorder, recorded):
    while recorder.recording.slot() is not None:
        pass
    recorder.recording.more_slots()
    room = 0
    while recorder.recording.slot() is not None:
        room += 1
    recorder.recording.more_slots()
    for number in range(1, 4 * room):
        recorder.ended(coroutine(number))
    records = recorded().coroutine_records
    assert all(record.state == "ended" for record in records)
    assert {record.number for record in records} >= set(range(3 * room, 4 * room))
    assert len(records) < 4 * room - 1


def test_coroutine_without_a_number_has_no_record(recorder, recorded):
    ours = coroutine(0, "mourner")
    ours.parked, ours.parked_at = True, originals.monotonic()
    recorder.fold(originals.monotonic(), {ours})
    recorder.ended(ours)
    recorder.ended(coroutine(1))
    assert ([record.number for record in recorded().coroutine_records], recorded().problems) == ([1], [])


def test_finished_recording_can_be_resumed(recorder, recorded):
    assert recorded().state == "live"
    recorder.finish(set())
    assert recorded().state == "ended"
    recorder.resume()
    assert recorded().state == "live"


def test_closed_recording_takes_no_more(recorder, recorded):
    known = recorder.tally("recv")
    recorder.close(set())
    wait(known.site(sys._getframe()), 1.0)
    recorder.note(layout.PREEMPT, 1, 0, originals.monotonic())
    assert (recorded().state, recorded().aggregates, recorded().events) == ("ended", [], [])


def test_call_that_is_first_hooked_after_the_end_is_harmless(recorder):
    recorder.close(set())
    wait(here(recorder, "new"), 1.0)
    assert recorder.tally("new").waits == 1


def test_child_opens_its_file_with_its_first_wait(recorder, recorded, tmp_path):
    wait(here(recorder), 1.0)
    recorder.fold(originals.monotonic(), set())
    recorder.after_fork_in_child()
    assert not (tmp_path / "run-2.ocoro").exists()
    wait(here(recorder), 1.0, 2.0)
    recorder.fold(originals.monotonic(), set())
    (parents,), (childs,) = recorded().aggregates, read(str(tmp_path / "run-2.ocoro")).aggregates
    assert (parents.waits, childs.waits) == (1, 2)


def test_file_is_opened_without_a_switch():
    """It may be in the middle of a wait, when a waker has been told: who wakes it would do so in vain."""
    seen = []
    recorder = Recorder()
    recorder.record(lambda: seen.append(recorder.opening))
    assert (seen, recorder.opening) == ([True], False)


def test_child_opens_its_file_once_there_is_an_fd(recorder, monkeypatch, tmp_path):
    def none_free(*args):
        raise OSError(errno.EMFILE, "Too many open files")

    recorder.after_fork_in_child()
    with monkeypatch.context() as patched:
        patched.setattr(originals, "open_fd", none_free)
        wait(here(recorder), 1.0)
        recorder.fold(originals.monotonic() + 2.0, set())
        assert (recorder.ring, recorder.failure) == (None, "Too many open files")
    recorder.fold(originals.monotonic(), set())  # not yet: it is tried now and then
    assert recorder.ring is None
    recorder.fold(originals.monotonic() + 2.0, set())
    wait(here(recorder), 1.0, 2.0)
    recorder.fold(originals.monotonic() + 2.0, set())
    (childs,) = read(str(tmp_path / "run-2.ocoro")).aggregates
    assert (childs.waits, recorder.failure) == (2, "")


def test_file_that_is_refused_is_not_tried_again():
    tries = []

    def opener():
        tries.append(True)
        raise PermissionError(errno.EACCES, "Permission denied")

    recorder = Recorder()
    recorder.record(opener)
    recorder.fold(originals.monotonic() + 10.0, set())
    assert len(tries) == 1
