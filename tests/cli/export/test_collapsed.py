"""The folded stacks: exact sums, and lines that every reader takes apart alike."""

from __future__ import annotations

import re

from sample_run import MS, RECV, SLEEP, sample

from ocoro.cli.export import collapsed
from ocoro.cli.recorded.model import CoroutineRecord, Event

LINE = re.compile(r"(\S+) (\d+)")


def stacks(data):
    """Stack -> microseconds, each stack once."""
    matches = [LINE.fullmatch(line) for line in data.decode().splitlines()]
    found = {tuple(match[1].split(";")): int(match[2]) for match in matches}
    assert len(found) == len(matches)
    assert {len(stack) for stack in found} <= {3}
    return found


def test_a_line_is_coroutine_place_call_and_microseconds(exported):
    assert exported(collapsed, sample()).decode().splitlines() == [
        "worker-a;/srv/app/work.py:work:12;sleep 100000",
        "worker-b;/srv/app/work.py:work:12;sleep 100000",
        "MainThread;/srv/app/main.py:<module>:50;lock 90000",
        "worker-b;/srv/app/work.py:work:14;lock 50000",
        "MainThread;/srv/app/main.py:fetch:40;recv 20000",
    ]


def test_sums_are_exact_when_events_were_dropped(exported):
    run = sample()
    run.events = [event for event in run.events if event.coroutine != 2]
    found = stacks(exported(collapsed, run))
    assert found["(unknown)", "/srv/app/work.py:work:12", "sleep"] == 100_000
    assert sum(found.values()) == sum(aggregate.wait for aggregate in run.aggregates) // 1000


def test_coroutines_of_one_name_share_stacks(exported):
    run = sample()
    for record in run.coroutine_records:
        record.name = "worker"
    assert stacks(exported(collapsed, run))["worker", "/srv/app/work.py:work:12", "sleep"] == 200_000


def test_short_waits_are_added_before_they_are_rounded(exported):
    run = sample()
    run.aggregates = []
    run.events = [Event("wait", 1, 0, 250, 250, SLEEP)] * 4 + [Event("wait", 1, 0, 400, 400, RECV)]
    assert exported(collapsed, run) == b"MainThread;/srv/app/work.py:work:12;sleep 1\n"


def test_a_wait_without_end_counts(exported):
    run = sample()
    run.coroutine_records.append(CoroutineRecord(9, "stuck", "waiting", 0, None, 1, 0, 0, RECV, 240 * MS))
    assert stacks(exported(collapsed, run))["stuck", "/srv/app/main.py:fetch:40", "recv"] == 10_000


def test_a_run_without_waits_is_empty(exported, empty_run):
    assert exported(collapsed, empty_run) == b""


def test_separators_in_names_are_replaced(exported, odd_run):
    found = stacks(exported(collapsed, odd_run))
    place = "/srv/my_app:v2/é_.py:<lambda>:3"
    assert found["two_lines:_and_a_tab", place, "recv"] == 90_000
    assert found["\N{GRINNING FACE}_out_of_the_BMP", place, "recv"] == 90_000
    assert found['say_"hi"_\\_twice', place, "recv"] == 90_000
    assert found["not_text_\\udc80", place, "recv"] == 90_000
    assert found["coroutine_17", place, "recv"] == 30_000
    assert found["coroutine_19", "(elsewhere)", "wait"] == 30_000


def test_memory_stays_bounded(peak, long_run):
    assert peak(collapsed, long_run) < 16e6
