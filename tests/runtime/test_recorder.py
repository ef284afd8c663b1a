"""The recorder: quantiles at most 6.25 % off, and sums that add up."""

import random
from collections import Counter

import pytest

from ocoro.runtime import originals
from ocoro.runtime.recorder import Recorder, quantile
from ocoro.runtime.summary import CallSummary, Summary

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
    """From nanoseconds to hours, each power of ten as likely as the other."""
    chance = random.Random(seed)
    return [10 ** chance.uniform(-9, 4) for _ in range(count)]


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


def test_waits_of_nothing_read_back():
    assert quantile_of([0.0, 0.0, 0.0], 0.5) == pytest.approx(0.0, abs=1e-300)


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
    tally.sizes += [10, 20, 30]
    recorder.fold(0.0, set())
    assert (tally.elsewhere.calls, tally.elsewhere.bytes, tally.sizes) == (3, 60, [])


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
    assert (tally.count, tally.elsewhere.wait, tally.elsewhere.longest) == (0, 0.0, 0.0)


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
