"""Choosing calls, and summing them by call, site and function."""

import pytest
from sample_run import HASH, JOIN, MS, sample

from ocoro.cli.recorded.model import Aggregate, Site
from ocoro.cli.show.select import Choice, by_call, by_function, by_site, one_at_a_time, waits


def calls(choice):
    return [each.site.call for each in choice.of(sample()).aggregates]


@pytest.mark.parametrize(
    ("patterns", "chosen"),
    [
        (["recv"], ["recv"]),
        (["rec"], []),
        (["s*"], ["sleep", "send"]),
        (["recv", "sen?"], ["recv", "send"]),
        ([], ["sleep", "lock", "recv", "send", "blocked", "lock"]),
    ],
)
def test_calls_are_chosen_by_name(patterns, chosen):
    assert calls(Choice(patterns)) == chosen


@pytest.mark.parametrize(
    ("patterns", "chosen"),
    [
        (["work.py"], ["sleep", "lock"]),
        (["/srv/app/main.py:4"], ["recv", "blocked"]),
        (["hash_it"], ["blocked"]),
        (["main.py*<module>"], ["lock"]),
        (["elsewhere"], ["send"]),
    ],
)
def test_sites_are_chosen_by_a_part_of_them(patterns, chosen):
    assert calls(Choice(sites=patterns)) == chosen


def test_both_patterns_must_match():
    assert calls(Choice(["lock"], ["main.py"])) == ["lock"]


def test_coroutines_are_chosen_by_their_last_site():
    chosen = Choice(["lock"]).of(sample())
    assert [each.name for each in chosen.coroutine_records] == ["MainThread", "worker-b"]


def test_calls_of_a_kind_are_one_row():
    lock = by_call(sample().aggregates)[1]
    assert (lock.site.call, lock.calls, lock.waits, lock.wait, lock.late) == ("lock", 3, 3, 140 * MS, 3 * MS)
    assert (lock.longest, lock.histogram.total) == (80 * MS, 3)


def test_largest_sum_of_waits_comes_first():
    assert [each.site.call for each in by_call(sample().aggregates)] == ["sleep", "lock", "recv", "blocked", "send"]
    assert [each.site.line for each in by_site(sample().aggregates)] == [12, 50, 14, 40, 44, 0]


def test_summing_leaves_the_run_alone():
    run = sample()
    by_call(run.aggregates)
    assert run.aggregates == sample().aggregates


def test_lines_of_a_function_are_one_row():
    assert len(by_function(sample().aggregates)) == 6
    assert {each.site.line for each in by_function(sample().aggregates)} == {0}


def test_waits_for_other_coroutines_are_not_counted_twice():
    assert one_at_a_time(sample()) == (70 + 30 + 200 + 20) * MS


def test_everything_is_chosen_without_patterns():
    assert Choice().has(HASH, "")
    assert Choice().has(None, "")
    assert not Choice(["lock"]).has(None, "")
    assert Choice(["lock"]).has(JOIN, "")


def test_waits_are_those_of_calls():
    run = sample()
    run.aggregates.append(Aggregate(Site(9, "preempted"), calls=1, waits=1))
    assert waits(run) == 6
