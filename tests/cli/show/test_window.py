"""A part of a run, from its events."""

from dataclasses import replace

import pytest
from sample_run import LOCK, MS, SLEEP, sample

from ocoro.cli.recorded.model import CoroutineRecord, Event
from ocoro.cli.show.window import cut, known_since


def parts(run):
    return [each // MS for each in (run.wall, run.running, run.idle, run.blocked)]


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        (40, 70, [30, 0, 0, 30]),
        (8, 30, [22, 2, 20, 0]),  # main and worker-b still run; from 10 on everybody waits
        (100, 108, [8, 0, 8, 0]),
        (181, 240, [59, 59, 0, 0]),  # from 230 on main waits, and worker-b runs
        (0, 250, [250, 70, 150, 30]),  # as the sums of the run say, whatever the events do
    ],
)
def test_parts_add_up_to_the_window(since, until, expected):
    assert parts(cut(sample(), since * MS, until * MS)) == expected
    assert expected[0] == sum(expected[1:])


@pytest.fixture
def late():
    """Main sleeps until 10, 30 and 50; the thread notices each of these 5 later, and computes for 5."""
    sleeps = [(0, 10, 15), (20, 30, 35), (40, 50, 55)]
    run = replace(sample(), wall=60 * MS, running=15 * MS, idle=45 * MS, blocked=0, coroutine_records=[])
    run.events = [Event("wait", 1, start * MS, ready * MS, end * MS, SLEEP) for start, ready, end in sleeps]
    return run


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        (0, 60, [60, 15, 45, 0]),
        (0, 20, [20, 5, 15, 0]),
        (12, 32, [20, 5, 15, 0]),
        (31, 34, [3, 0, 3, 0]),
        (15, 20, [5, 5, 0, 0]),
    ],
)
def test_thread_sleeps_until_it_notices_a_timer(late, since, until, expected):
    assert parts(cut(late, since * MS, until * MS)) == expected


def test_fd_is_ready_when_it_is_noticed(late):
    late.events = [replace(each, fd=5) for each in late.events]
    assert parts(cut(late, 0, 20 * MS)) == [20, 10, 10, 0]


def test_late_while_others_run_is_not_idle(late):
    late.events.append(Event("wait", 2, 0, 14 * MS, 14 * MS, SLEEP, waker=1))
    late.events.append(Event("end", 2, 60 * MS, 60 * MS, 60 * MS))
    assert parts(cut(late, 10 * MS, 20 * MS)) == [10, 6, 4, 0]


@pytest.mark.parametrize(
    ("sums", "expected"),
    [
        ((5, 55, 0), [50, 5, 45, 0]),  # the events know 10 of running and 40 of idle
        ((0, 40, 20), [50, 0, 40, 10]),
        ((60, 0, 0), [50, 50, 0, 0]),
    ],
)
def test_no_part_exceeds_that_of_the_whole_run(late, sums, expected):
    running, idle, blocked = (each * MS for each in sums)
    late = replace(late, running=running, idle=idle, blocked=blocked)
    assert parts(cut(late, 0, 50 * MS)) == expected


def test_wait_that_has_ended_since_is_no_unfinished_one(late):
    late.coroutine_records = [CoroutineRecord(1, "MainThread", "waiting", 0, None, 2, 0, 0, SLEEP, 20 * MS)]
    assert parts(cut(late, 15 * MS, 20 * MS)) == [5, 5, 0, 0]
    assert sum(each.waits for each in cut(late, 0, 60 * MS).aggregates) == 3


def test_waits_count_for_the_part_inside():
    run = cut(sample(), 50 * MS, 110 * MS)
    sleep = next(each for each in run.aggregates if each.site == SLEEP)
    assert (sleep.waits, sleep.wait, sleep.late) == (2, (58 + 59) * MS, 2 * MS)
    assert sleep.longest == 100 * MS


def test_blocking_counts_for_the_part_inside():
    run = cut(sample(), 50 * MS, 60 * MS)
    assert [(each.blocked, each.held) for each in run.aggregates if each.blocked] == [(10 * MS, 10 * MS)]


def test_coroutines_are_those_that_lived_then():
    run = cut(sample(), 200 * MS, 250 * MS)
    assert [each.name for each in run.coroutine_records] == ["MainThread", "worker-b"]
    assert (run.coroutines, run.coroutines_most) == (2, 2)
    assert cut(sample(), 0, 2 * MS).coroutines == 1


def test_wait_that_goes_on_is_counted_until_now():
    run = replace(sample(), state="live")
    run.coroutine_records.append(CoroutineRecord(4, "worker-c", "waiting", 0, None, 0, 0, 0, LOCK, 200 * MS))
    lock = next(each for each in cut(run, 240 * MS, 250 * MS).aggregates if each.site == LOCK)
    assert (lock.waits, lock.wait) == (1, 10 * MS)


def test_window_begins_where_the_events_do():
    run = replace(sample(), dropped=7)
    run.events = run.events[4:]
    assert known_since(run) == 70 * MS
    assert cut(run, 0, 250 * MS).wall == 180 * MS


def test_window_without_events_is_empty():
    run = replace(sample(), dropped=7, events=[])
    assert cut(run, 0, 250 * MS).wall == 0


def test_switches_and_preemptions_are_those_inside():
    run = cut(sample(), 110 * MS, 170 * MS)
    assert (run.switches, run.preemptions) == (3, 1)
