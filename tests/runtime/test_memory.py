"""Where there is no memory: whoever asks for some has a MemoryError, as under python, and nobody hangs for it.

The hub is nobody: what it was about to do is done again. What greenlet itself cannot have ends the process.
"""

import socket

import pytest

from ocoro.runtime import scheduler as module
from ocoro.runtime.poller import READ
from ocoro.runtime.recorder import Recorder
from ocoro.runtime.timers import Timers

TALLY = Recorder().tally("test")


class Failing:
    """Calls `function`, and then has no memory for what it returns; once, or as often as is said."""

    def __init__(self, function, times=1):
        self.function = function
        self.left = times

    def __call__(self, *args):
        result = self.function(*args)
        if self.left:
            self.left -= 1
            raise MemoryError
        return result

    def __get__(self, instance, owner):
        return lambda *args: self(instance, *args)


def sleep(scheduler, seconds):
    return scheduler.park(TALLY, module.monotonic() + seconds)


@pytest.mark.parametrize("times", [1, 2, 5])
def test_timers_that_were_lost_are_looked_at_again(virtual, monkeypatch, times):
    monkeypatch.setattr(Timers, "expire", Failing(Timers.expire, times))

    def program(scheduler):
        ended = []
        for seconds in (1, 1, 2):
            scheduler.spawn(lambda seconds=seconds: ended.append(sleep(scheduler, seconds)))
        assert sleep(scheduler, 3) is False
        assert ended == [False, False, False]

    virtual(program)


@pytest.mark.parametrize("times", [1, 2, 5])
def test_events_that_were_lost_are_told_again(real, times):
    def program(scheduler):
        left, right = socket.socketpair()
        with left, right:
            scheduler.poller.wait = Failing(scheduler.poller.wait, times)
            right.send(b"x")
            assert scheduler.wait_fd(TALLY, left.fileno(), READ, module.monotonic() + 10) is True
            assert scheduler.poller.wait.left == 0

    real(program)


def test_wake_up_of_another_thread_is_tried_again(virtual, monkeypatch):
    def program(scheduler):
        main = scheduler.main
        scheduler.inbox.append((main, main.serial))
        failing = Failing(lambda *args: None)
        unpark = module.Scheduler.unpark
        monkeypatch.setattr(module.Scheduler, "unpark", lambda *args: failing() or unpark(*args))
        assert scheduler.park(TALLY, module.monotonic() + 5) is True

    virtual(program)


def test_end_is_told_all_the_same(virtual, monkeypatch):
    monkeypatch.setattr(Recorder, "ended", Failing(Recorder.ended))

    def program(scheduler):
        told = []
        scheduler.on_end = lambda coroutine, error: told.append((coroutine, error))
        coroutine = scheduler.spawn(int)
        sleep(scheduler, 1)
        assert told[0] == (coroutine, None)
        assert coroutine not in scheduler.coroutines

    virtual(program)


def test_start_is_tried_again(virtual, monkeypatch):
    def program(scheduler):
        done, told = [], []
        scheduler.on_end = lambda coroutine, error: told.append(error)
        monkeypatch.setattr(module, "greenlet", Failing(module.greenlet))
        scheduler.spawn(done.append, (1,))
        sleep(scheduler, 1)
        assert (done, told) == ([1], [None])

    virtual(program)


def test_garbage_is_collected_again(virtual, monkeypatch):
    def program(scheduler):
        monkeypatch.setattr(Timers, "expire", Failing(Timers.expire))
        sleep(scheduler, 1)
        assert module.gc.isenabled()

    virtual(program)


def test_deadline_is_kept_whatever_entry_is_there(virtual):
    """One that is about to wait had no memory for its entry in the heap."""

    def program(scheduler):
        timers, main = scheduler.timers, scheduler.main
        timers._whose[module.monotonic() + 1] = main  # of a heap that could not grow
        timers.mend(scheduler.coroutines)
        assert sleep(scheduler, 2) is False

    virtual(program)
