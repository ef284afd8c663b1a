"""Recorded events in the words and in the form of live ones."""

from dataclasses import replace

import pytest
from sample_run import MS, RECV, sample

from ocoro.cli.recorded.model import Event, Site
from ocoro.cli.tracing.lines import Choice
from ocoro.cli.tracing.recorded import lines

WAITPID = Site(7, "waitpid", "/srv/app/main.py", 9, "run")


def shown(run, **choice):
    """The lines without their clock."""
    return [line[16:] for line in lines(run, Choice(**choice))]


@pytest.fixture
def run():
    return sample()


def test_every_event_has_a_line(run):
    told = shown(run)
    assert len(told) == len(run.events)
    assert told[0] == "worker-a       started by MainThread"
    assert "worker-a       sleep() <101 ms, suspended; meanwhile MainThread> work.py:12 work" in told
    assert "worker-b       lock() <51.0 ms, suspended, woken by worker-a> work.py:14 work" in told
    assert "MainThread     recv(5<TCP 127.0.0.1:80>, 4096) = 512 <20.0 ms, suspended> main.py:40 fetch" in told
    assert "MainThread     blocked the thread, 1 ready <30.0 ms> main.py:44 hash_it" in told
    assert "worker-a       preempted" in told
    assert told[-1] == "MainThread     ended"


def test_lines_are_in_order_of_time(run):
    clocks = [line[:15] for line in lines(run, Choice())]
    assert clocks == sorted(clocks)


def test_waits_of_a_told_call_are_not_told_twice(run):
    words = "recv(5<TCP 127.0.0.1:80>, 9) = 1"
    run.events.append(Event("call", 3, 111 * MS, 162 * MS, 165 * MS, RECV, 0, 5, 0, words))
    told = [line for line in shown(run) if line.startswith("worker-b")]
    assert not any("lock()" in line for line in told)
    assert f"worker-b       {words} <54.0 ms, suspended, woken by worker-a> main.py:40 fetch" in told


def test_call_that_was_not_suspended_blocked(run):
    run.events = [Event("call", 1, 0, 0, 5 * MS, RECV, text="recv(5, 9) = 1")]
    assert shown(run) == ["MainThread     recv(5, 9) = 1 <5.00 ms, blocked> main.py:40 fetch"]


def test_filter_and_slower_than(run):
    assert all("lock()" in line for line in shown(run, filter="lock"))
    assert len(shown(run, filter="lock")) == 3
    assert len(shown(run, slower=0.1, filter="sleep")) == 2


def test_unknown_names_are_numbers(run):
    run.coroutine_records = []
    run.events = [replace(run.events[0], waker=-1), Event("end", 1, 9 * MS, 9 * MS, 9 * MS)]
    assert shown(run) == ["coroutine 2    started by another thread", "MainThread     ended"]


def test_fd_that_the_program_does_not_know_is_not_told(run):
    run.events = [Event("wait", 1, 0, MS, MS, WAITPID, 0, 7)]
    assert shown(run) == ["MainThread     waitpid() <1.00 ms, suspended> main.py:9 run"]
    assert "wait4(NULL, NULL, NULL, NULL) = ? <0.001000>" in shown(run, strace=True)[0]


def test_thread_is_started_by_who_started_it(run):
    run.events = [Event("spawn", 3, MS, MS, MS, waker=2), Event("spawn", 4, MS, MS, MS, waker=-1)]
    first, second, _ = shown(run, strace=True, output="x")
    assert " clone3(" in first
    assert first.endswith("= 30004711")
    assert [line.split()[0] for line in lines(run, Choice(strace=True, output="x"))] == ["20004711", "4711", "4711"]
    assert second.endswith("= 40004711")


def test_process_ends_with_a_status_that_is_not_known(run):
    over = "+++ exited with ? +++"
    assert shown(run, strace=True)[-1].endswith(over)
    assert [line.count("[pid  4711]") for line in lines(run, Choice(strace=True)) if over in line] == [1]
    for choice in ({"filter": "recv"}, {"slower": 0.001}):
        assert not any(over in line for line in shown(run, strace=True, **choice))
    run.state = "killed"
    assert not any(over in line for line in shown(run, strace=True))


def test_strace_shape(shape, run):
    found = shape(lines(run, Choice(strace=True)))
    assert found.wrong == []
    assert found.forms == {"begun": 4, "resumed": 4, "whole": 5, "ended": 3}
    assert found.pids == {"4711", "20004711", "30004711"}


def test_call_that_goes_on_at_the_end_stays_unfinished_where_another_ends(shape, run):
    found = shape(lines(run, Choice(strace=True, filter="recv")))
    assert (found.wrong, found.calls) == ([], ["recvfrom"])


def test_nothing_recorded_is_nothing(run):
    run.events, run.state = [], "live"
    assert (shown(run), shown(run, strace=True)) == ([], [])
