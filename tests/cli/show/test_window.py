"""A part of a run, from its events."""

from dataclasses import replace

import pytest
from sample_run import LOCK, MS, SLEEP, sample

from ocoro.cli.recorded.model import CoroutineRecord
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
        (0, 250, [250, 192, 28, 30]),
    ],
)
def test_parts_add_up_to_the_window(since, until, expected):
    assert parts(cut(sample(), since * MS, until * MS)) == expected
    assert expected[0] == sum(expected[1:])


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
