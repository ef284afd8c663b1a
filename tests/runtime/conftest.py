"""Schedulers to test: each on a fresh thread, as a scheduler adopts the one it is made on; in virtual time or in real.

A program is a function that gets the scheduler and runs in its main coroutine. In virtual time the poller's wait is
what moves the clock: nothing sleeps, nothing depends on the machine, and a wait that nobody will ever end raises Stuck.
"""

from __future__ import annotations

import errno
import gc
import threading
from heapq import heappop, heappush
from math import nextafter
from textwrap import dedent

import pytest

from ocoro.runtime import fds, helpers, instance, local, lock, offload, originals, switching
from ocoro.runtime import scheduler as module
from ocoro.runtime.coroutine import NEVER
from ocoro.runtime.poller import PRIORITY, READ, WRITE, make_poller
from ocoro.runtime.scheduler import Scheduler

LIMIT = 20.0  # seconds one program may take


class Stuck(Exception):
    """Everybody waits and nothing will happen."""


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


class FakePoller:
    """Moves the clock; what is to happen to fds is said beforehand by `happen`."""

    epoll_fd = signal_fd = -1

    def __init__(self, clock):
        self.clock = clock
        self.armed = {}
        self.coming = []
        self.drained = []
        self.refused = {}  # fd -> the error of arming it

    def happen(self, delay, fd, events):
        """`fd` will have `events` after `delay` seconds."""
        heappush(self.coming, (self.clock.now + delay, fd, events))

    def arm(self, fd, events):
        if fd in self.refused:
            raise self.refused[fd]
        self.armed[fd] = events & (READ | WRITE | PRIORITY)

    rearm = arm

    def drain(self, fd):
        self.drained.append(fd)

    def duplicate(self, fd):
        raise OSError(errno.EBADF, "no real fd")

    def disarm(self, fd):
        self.armed.pop(fd, None)

    def wait(self, timeout):
        until = self.clock.now + timeout
        if timeout > 0:
            until = max(until, nextafter(self.clock.now, NEVER))  # time passes, however short the wait
        if self.coming and self.coming[0][0] <= until:
            at, fd, events = heappop(self.coming)
            self.clock.now = max(self.clock.now, at)
            self.armed.pop(fd, None)
            return [(fd, events)]
        if timeout == NEVER:
            raise Stuck
        self.clock.now = until
        return []

    def wake(self):
        pass  # it never sleeps

    def is_open(self):
        return True

    def close(self):
        self.armed.clear()

    reopen = close


def on_fresh_thread(program):
    """Call `program()` on a new thread; return or raise what it does."""
    outcome = []

    def run():
        try:
            outcome.append((program(), None))
        except BaseException as error:
            outcome.append((None, error))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(LIMIT)
    gc.enable()  # a program that is stuck is left in a poll, during which the hub collects no garbage
    assert outcome, "the program hangs"
    result, error = outcome[0]
    if error is not None:
        raise error
    return result


@pytest.fixture
def use(monkeypatch):
    """Makes locks, locals and the pool belong to the given scheduler."""

    def use(scheduler):
        for user in (helpers, local, lock, offload):
            for name, value in list(vars(user).items()):
                if value is instance.scheduler:
                    monkeypatch.setattr(user, name, scheduler)
                elif getattr(value, "__self__", None) is instance.scheduler:
                    monkeypatch.setattr(user, name, getattr(scheduler, value.__name__))
        return scheduler

    return use


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def virtual(monkeypatch, clock, use):
    """`virtual(program)` runs a program in virtual time."""

    def virtual(program):
        for part in (module, switching, fds):
            monkeypatch.setattr(part, "monotonic", clock)
        monkeypatch.setattr(originals, "monotonic", clock)
        return on_fresh_thread(lambda: program(use(Scheduler(FakePoller(clock)))))

    return virtual


@pytest.fixture
def real(use):
    """`real(program)` runs a program in real time, with a real poller."""

    def real(program, poller=""):
        return on_fresh_thread(lambda: program(use(Scheduler(make_poller(poller)))))

    return real


@pytest.fixture
def says(ocoro, tmp_path):
    """`says(code)`: the lines that a program prints under ocoro; it must end well and write nothing to stderr."""

    def says(code, *options):
        done = ocoro("--quiet", *options, "-c", dedent(code), cwd=tmp_path, limit=LIMIT)
        assert (done.err, done.status) == ("", 0), done
        return done.out.splitlines()

    return says
