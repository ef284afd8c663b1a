"""Calls that no poller can wait for run in real threads; meanwhile only the calling coroutine waits."""

import threading
from array import array
from contextvars import ContextVar

import pytest

from ocoro.runtime import local, offload, originals
from ocoro.runtime.offload import Pool, size_of
from ocoro.runtime.recorder import Recorder

TALLY = Recorder().tally("test")
PATIENCE = 10.0


@pytest.fixture
def pool():
    return Pool()


def spawn_calls(scheduler, pool, functions):
    """Call each in the pool, in a coroutine of its own; returns their results in the order they ended."""
    results = []
    for function in functions:
        scheduler.spawn(lambda function=function: results.append(pool.call(TALLY, function)))
    while len(scheduler.coroutines) > 1:
        scheduler.park(TALLY, originals.monotonic() + 0.001)
    return results


def test_call_runs_in_another_thread(real, pool):
    def program(scheduler):
        assert pool.call(TALLY, threading.get_native_id) != threading.get_native_id()

    real(program)


def test_arguments_and_result_are_passed(real, pool):
    def program(scheduler):
        assert pool.call(TALLY, sorted, [1, 3, 2], reverse=True) == [3, 2, 1]

    real(program)


def test_error_is_raised_without_the_workers_frames(real, pool):
    def program(scheduler):
        with pytest.raises(ValueError, match="invalid literal") as caught:
            pool.call(TALLY, int, "x")
        return [entry.name for entry in caught.traceback]

    assert "run" not in real(program)


def test_others_run_meanwhile(real, pool):
    def program(scheduler):
        gate = threading.Event()
        scheduler.spawn(gate.set)
        assert pool.call(TALLY, gate.wait, PATIENCE) is True

    real(program)


def test_wait_is_recorded(real, pool):
    tally = Recorder().tally("recorded")
    real(lambda scheduler: pool.call(tally, len, ()))
    assert tally.waits == 1


def test_calls_run_at_the_same_time(real, pool):
    meeting = threading.Barrier(5)
    real(lambda scheduler: spawn_calls(scheduler, pool, [lambda: meeting.wait(PATIENCE)] * 5))
    assert not meeting.broken


def test_idle_worker_is_used_again(real, pool):
    def program(scheduler):
        first = pool.call(TALLY, threading.get_native_id)
        scheduler.park(TALLY, originals.monotonic() + 0.01)
        return first, pool.call(TALLY, threading.get_native_id)

    first, second = real(program)
    assert first == second


def test_more_calls_than_workers(real, pool, monkeypatch):
    monkeypatch.setattr(offload, "_WORKERS", 2)
    workers = set()

    def program(scheduler):
        return spawn_calls(scheduler, pool, [lambda: workers.add(threading.get_native_id())] * 20)

    assert len(real(program)) == 20
    assert len(workers) <= 2


def test_idle_worker_ends(real, pool, monkeypatch):
    monkeypatch.setattr(offload, "_KEEP", 0.005)

    def program(scheduler):
        pool.call(TALLY, len, ())
        until = originals.monotonic() + PATIENCE
        while scheduler.helpers and originals.monotonic() < until:
            scheduler.park(TALLY, originals.monotonic() + 0.002)
        assert not scheduler.helpers
        assert pool.call(TALLY, len, (1, 2)) == 2

    real(program)


def test_workers_are_known_as_helpers(real, pool):
    def program(scheduler):
        assert pool.call(TALLY, threading.get_ident) in scheduler.helpers

    real(program)


def test_real_thread_calls_directly(real, pool):
    def program(scheduler):
        idents = []
        thread = threading.Thread(
            target=lambda: idents.extend([threading.get_ident(), pool.call(TALLY, threading.get_ident)])
        )
        thread.start()
        thread.join()
        assert idents[0] == idents[1]

    real(program)


def test_without_threads_caller_does_it(virtual, pool, monkeypatch):
    def refuse(*args):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(originals, "start_new_thread", refuse)
    assert virtual(lambda scheduler: pool.call(TALLY, sorted, [2, 1])) == [1, 2]


def test_worker_that_began_in_spite_of_an_error_is_waited_for(real, pool, monkeypatch):
    """A signal handler that finds no room on the stack raises when the thread has been started already."""
    begun, ended = threading.Event(), threading.Event()

    def job():
        begun.set()
        assert ended.wait(PATIENCE)
        return "done"

    def start(function, args):
        start_new_thread(function, args)
        assert begun.wait(PATIENCE)
        ended.set()
        raise RecursionError

    def program(scheduler):
        assert pool.call(TALLY, job) == "done"

    start_new_thread = originals.start_new_thread
    monkeypatch.setattr(originals, "start_new_thread", start)
    real(program)


def test_worker_that_was_taken_but_not_woken_works_on(real, pool, monkeypatch):
    """Who takes it fails before he opens its gate."""
    monkeypatch.setattr(offload, "_KEEP", 0.05)

    def take_worker(scheduler):
        """The thread's number; the gate is lost."""
        while True:
            worker = pool.call(TALLY, threading.get_native_id)
            wait_until_idle(scheduler)
            try:
                pool._idle.pop()
            except IndexError:  # it ended meanwhile
                continue
            return worker

    def wait_until_idle(scheduler):
        until = originals.monotonic() + PATIENCE
        while not pool._idle and originals.monotonic() < until:
            scheduler.park(TALLY, originals.monotonic() + 0.0001)

    def program(scheduler):
        worker = take_worker(scheduler)
        monkeypatch.setattr(offload, "_KEEP", PATIENCE)
        wait_until_idle(scheduler)
        assert pool.call(TALLY, threading.get_native_id) == worker

    real(program)


def test_child_of_fork_has_workers_of_its_own(real, pool):
    def program(scheduler):
        pool.call(TALLY, len, ())
        pool.clear()  # as in the child, where the worker does not live
        assert pool.call(TALLY, len, (1,)) == 1

    real(program)


def test_whole_call_is_not_interrupted_by_handlers(real, pool):
    def program(scheduler):
        handled = []
        scheduler.run_handlers = lambda: handled.append(scheduler.signals.popleft())
        begun, go_on = threading.Event(), threading.Event()

        def meet():
            begun.set()
            return go_on.wait(PATIENCE), list(handled)

        def interrupt():
            begun.wait(PATIENCE)
            scheduler.signals.append(10)
            scheduler.nudge_main()
            scheduler.park(TALLY, originals.monotonic())
            go_on.set()

        scheduler.spawn(interrupt)
        assert pool.call_whole(TALLY, meet) == (True, [])
        assert handled == [10]
        assert not scheduler.main.deaf

    real(program)


def test_worker_passes_for_the_caller(real, pool):
    def program(scheduler):
        variable = ContextVar("variable")
        variable.set("before")
        place = local.Local()
        place.name = "before"

        def look():
            seen = scheduler.get_ident(), variable.get(), place.name
            variable.set("after")
            place.name = "after"
            return seen

        assert pool.call_as_caller(TALLY, look) == (scheduler.main.ident, "before", "before")
        assert (variable.get(), place.name) == ("after", "after")
        assert not scheduler.deputies

    real(program)


def test_error_keeps_the_programs_frames(real, pool):
    def fail():
        raise KeyError("x")

    def program(scheduler):
        with pytest.raises(KeyError) as caught:
            pool.call_as_caller(TALLY, fail)
        return [entry.name for entry in caught.traceback]

    names = real(program)
    assert names[-1] == "fail"
    assert "run" not in names


def test_sizes_of_buffers():
    assert [size_of(data) for data in (b"abc", bytearray(2), memoryview(b"abcd")[::2], array("i", [1, 2]))] == [
        3,
        2,
        2,
        8,
    ]
    assert [size_of(data) for data in ("text", None, 5)] == [0, 0, 0]
