"""The scheduler in virtual time: who runs when, and what ends a wait."""

import errno
import os
import random
import socket
import sys
import threading
from collections import deque
from contextlib import suppress
from contextvars import ContextVar

import greenlet
import pytest

from ocoro.runtime import layout, switching, threadstate
from ocoro.runtime import scheduler as module
from ocoro.runtime.poller import PRIORITY, READ, WRITE, Waiters
from ocoro.runtime.recorder import Recorder
from ocoro.runtime.recording import Recording, prepare

HANG_UP = 0x010
TALLY = Recorder().tally("test")


def sleep(scheduler, seconds):
    return scheduler.park(TALLY, module.monotonic() + seconds)


def finish(scheduler):
    """Let all coroutines but the main one come to their end."""
    while len(scheduler.coroutines) > 1:
        sleep(scheduler, 1)


# -- parking -----------------------------------------------------------------------------------------------------------


def test_deadline_ends_park_with_false(virtual, clock):
    def program(scheduler):
        before = clock.now
        assert sleep(scheduler, 2.5) is False
        assert clock.now == before + 2.5

    virtual(program)


def test_unpark_ends_park_with_true(virtual, clock):
    def program(scheduler):
        before, main = clock.now, scheduler.main
        scheduler.spawn(scheduler.unpark, (main, main.serial))
        assert scheduler.park(TALLY, before + 5) is True
        assert clock.now == before

    virtual(program)


def test_nobody_to_wake_is_stuck(virtual):
    with pytest.raises(Exception, match=r"^$") as caught:
        virtual(lambda scheduler: scheduler.park(TALLY))
    assert type(caught.value).__name__ == "Stuck"


def test_late_unpark_misses_next_wait(virtual):
    def program(scheduler):
        main, serial = scheduler.main, scheduler.main.serial
        sleep(scheduler, 1)
        scheduler.spawn(scheduler.unpark, (main, serial))
        assert sleep(scheduler, 1) is False

    virtual(program)


def test_second_unpark_changes_nothing(virtual):
    def program(scheduler):
        main, serial = scheduler.main, scheduler.main.serial
        for _ in range(2):
            scheduler.spawn(scheduler.unpark, (main, serial))
        assert scheduler.park(TALLY) is True
        assert sleep(scheduler, 1) is False

    virtual(program)


def test_unpark_beats_deadline_already_passed(virtual, clock):
    def program(scheduler):
        def unpark_late(serial):
            clock.now += 10
            scheduler.unpark(scheduler.main, serial)

        scheduler.spawn(unpark_late, (scheduler.main.serial,))
        assert sleep(scheduler, 1) is True

    virtual(program)


@pytest.mark.parametrize("seed", range(5))
def test_sleepers_wake_by_deadline(virtual, seed):
    delays = [random.Random(seed).randrange(50) for _ in range(200)]
    woken = []

    def program(scheduler):
        for delay in delays:
            scheduler.spawn(lambda delay=delay: (sleep(scheduler, delay), woken.append(delay)))
        finish(scheduler)

    virtual(program)
    assert woken == sorted(delays)


def test_equal_deadlines_wake_in_order(virtual):
    woken = []

    def program(scheduler):
        for number in range(20):
            scheduler.spawn(lambda number=number: (sleep(scheduler, 1), woken.append(number)))
        finish(scheduler)

    virtual(program)
    assert woken == list(range(20))


def test_waits_are_recorded(virtual):
    tally = Recorder().tally("recorded")
    virtual(lambda scheduler: [scheduler.park(tally, module.monotonic() + 2) for _ in range(3)])
    site = tally.elsewhere
    site.fold(0.0)
    assert (tally.waits, site.wait, site.longest, site.switches) == (3, 6.0, 2.0, 3)


def test_idle_time_is_recorded(virtual):
    def program(scheduler):
        sleep(scheduler, 3)
        return scheduler.recorder.idle

    assert virtual(program) == 3.0


# -- taking turns ------------------------------------------------------------------------------------------------------


def test_yields_take_turns(virtual):
    ran = []

    def program(scheduler):
        def turns(name):
            for _ in range(3):
                ran.append(name)
                scheduler.yield_now(TALLY)

        for name in "abc":
            scheduler.spawn(turns, (name,))
        finish(scheduler)

    virtual(program)
    assert "".join(ran) == "abcabcabc"


def test_yield_alone_returns_at_once(virtual, clock):
    def program(scheduler):
        before = clock.now
        assert scheduler.yield_now(TALLY) is True
        assert clock.now == before

    virtual(program)


def test_yield_elsewhere_is_refused(real):
    def program(scheduler):
        answers = []
        thread = threading.Thread(target=lambda: answers.append(scheduler.yield_now(TALLY)))
        thread.start()
        thread.join()
        return answers

    assert real(program) == [False]


def test_endless_yields_starve_no_timer(virtual, clock):
    def program(scheduler):
        awake = []
        scheduler.spawn(lambda: (sleep(scheduler, 0.01), awake.append(True)))
        while not awake:
            clock.now += 0.00001  # what a yield takes
            scheduler.yield_now(TALLY)

    virtual(program)


def test_endless_yields_starve_no_fd(virtual, clock):
    def program(scheduler):
        ready = []
        scheduler.poller.happen(0.01, 5, READ)
        scheduler.spawn(lambda: ready.append(scheduler.wait_fd(TALLY, 5, READ)))
        while not ready:
            clock.now += 0.00001
            scheduler.yield_now(TALLY)

    virtual(program)


# -- coroutines --------------------------------------------------------------------------------------------------------


def test_spawned_get_their_arguments(virtual):
    got = []

    def program(scheduler):
        scheduler.spawn(lambda *args, **kwargs: got.append((args, kwargs)), (1, 2), {"a": 3})
        finish(scheduler)

    virtual(program)
    assert got == [((1, 2), {"a": 3})]


def test_spawned_start_in_order(virtual):
    started = []

    def program(scheduler):
        for number in range(10):
            scheduler.spawn(started.append, (number,))
        assert started == []
        finish(scheduler)

    virtual(program)
    assert started == list(range(10))


def test_spawned_starts_at_shallow_depth(virtual):
    depths = []

    def depth():
        frame, deep = sys._getframe(), 0
        while frame:
            frame, deep = frame.f_back, deep + 1
        return deep

    def deeply(scheduler, times):
        if times:
            return deeply(scheduler, times - 1)
        scheduler.spawn(lambda: depths.append(depth()))
        return finish(scheduler)

    virtual(lambda scheduler: deeply(scheduler, 400))
    assert depths[0] < 20


def test_many_in_a_row_keep_depth(virtual):
    """Each starts the next one and would be one level deeper, if the starter's depth were inherited."""
    limit = sys.getrecursionlimit()

    def program(scheduler):
        def start(left):
            if left:
                scheduler.spawn(start, (left - 1,))

        start(limit + 100)
        finish(scheduler)

    virtual(program)


def test_end_is_told_with_error(virtual):
    ended = []

    def fail():
        raise LookupError("gone")

    def program(scheduler):
        scheduler.on_end = lambda coroutine, error: ended.append((coroutine, repr(error)))
        well, badly = scheduler.spawn(len, ((),)), scheduler.spawn(fail)
        finish(scheduler)
        assert {(badly, "LookupError('gone')"), (well, "None")} <= set(ended)

    virtual(program)


def test_system_exit_ends_coroutine_only(virtual):
    def program(scheduler):
        scheduler.spawn(sys.exit, (3,))
        finish(scheduler)
        return "alive"

    assert virtual(program) == "alive"


def test_coroutines_are_counted(virtual):
    def program(scheduler):
        for _ in range(3):
            scheduler.spawn(sleep, (scheduler, 1))
        finish(scheduler)
        scheduler.spawn(len, ((),))
        finish(scheduler)
        return scheduler.recorder.coroutines, scheduler.recorder.most

    assert virtual(program) == (5, 4)


def test_failed_coroutine_counts_once(virtual):
    def program(scheduler):
        scheduler.spawn(divmod, (1, 0))
        finish(scheduler)
        return scheduler.recorder.coroutines

    assert virtual(program) == 2


def test_idents_are_distinct(virtual):
    def program(scheduler):
        idents = [scheduler.get_ident()]
        for _ in range(3):
            scheduler.spawn(lambda: (idents.append(scheduler.get_ident()), sleep(scheduler, 1)))
        finish(scheduler)
        return idents

    idents = virtual(program)
    assert len(set(idents)) == len(idents) == 4


def test_nobody_in_hub_and_elsewhere(real):
    def program(scheduler):
        seen = {"main": scheduler.me()}
        thread = threading.Thread(target=lambda: seen.update(thread=scheduler.me()))
        thread.start()
        thread.join()
        wait = scheduler.poller.wait
        scheduler.poller.wait = lambda timeout: (seen.update(hub=scheduler.me()), wait(timeout))[1]
        sleep(scheduler, 0.001)
        assert seen == {"main": scheduler.main, "thread": None, "hub": None}

    real(program)


def test_nobody_in_hub_while_it_starts_somebody(virtual):
    """A destructor may run there, when the new coroutine is the current one already."""

    def program(scheduler):
        seen = []
        coroutine = scheduler.spawn(int)
        scheduler.carriers = Carriers(lambda: seen.append((scheduler.current is coroutine, scheduler.me())))
        sleep(scheduler, 1)
        return seen

    class Carriers(list):
        def __init__(self, look):
            super().__init__()
            self.look = look

        def __bool__(self):
            self.look()
            return False

    assert virtual(program) == [(True, None)]


def test_programs_own_greenlets_park(virtual):
    """A coroutine's code may run greenlets of its own; whichever of them parked is resumed."""

    def program(scheduler):
        def inner():
            assert scheduler.me() is scheduler.main
            assert sleep(scheduler, 1) is False
            return "inner"

        scheduler.spawn(sleep, (scheduler, 0.5))
        return greenlet.greenlet(inner).switch()

    assert virtual(program) == "inner"


# -- what belongs to a thread ------------------------------------------------------------------------------------------


def test_context_variables_stay_apart(virtual):
    variable = ContextVar("variable", default="unset")
    seen = []

    def program(scheduler):
        variable.set("main")
        scheduler.spawn(lambda: (seen.append(variable.get()), variable.set("other"), sleep(scheduler, 1)))
        finish(scheduler)
        seen.append(variable.get())

    virtual(program)
    assert seen == ["unset", "main"]


@pytest.mark.parametrize("what", ["trace", "profile"])
def test_trace_functions_stay_apart(virtual, what):
    put, get = getattr(sys, f"set{what}"), getattr(sys, f"get{what}")
    seen = []

    def nothing(frame, event, argument):
        return None

    def traced(scheduler):
        put(nothing)
        sleep(scheduler, 1)
        seen.append(("traced", get() is nothing))
        # ends with the function still in place

    def program(scheduler):
        scheduler.spawn(traced, (scheduler,))
        scheduler.spawn(lambda: seen.append(("other", get() is nothing)))
        finish(scheduler)
        seen.append(("main", get() is nothing))

    virtual(program)
    assert seen == [("other", False), ("traced", True), ("main", False)]


def test_exception_being_handled_stays_apart(virtual):
    seen = []

    def program(scheduler):
        scheduler.spawn(lambda: seen.append(sys.exception()))
        try:
            raise KeyError("mine")
        except KeyError as error:
            sleep(scheduler, 1)
            seen.append(sys.exception() is error)

    virtual(program)
    assert seen == [None, True]


def test_carried_state_is_per_coroutine(virtual, monkeypatch):
    state = ["main"]
    seen = []

    def program(scheduler):
        monkeypatch.setattr(threadstate, "IS_CARRIED_IN_C", False)
        monkeypatch.setattr(switching, "IS_CARRIED_IN_C", False)
        monkeypatch.setattr(threadstate, "carried", {})
        threadstate.carry("state", lambda: state[0], lambda value: state.__setitem__(0, value))
        scheduler.spawn(lambda: (seen.append(state[0]), state.__setitem__(0, "other"), sleep(scheduler, 1)))
        sleep(scheduler, 0.5)
        seen.append(state[0])
        finish(scheduler)

    virtual(program)
    assert seen == [None, "main"]


# -- file descriptors --------------------------------------------------------------------------------------------------


def test_ready_fd_ends_wait(virtual, clock):
    def program(scheduler):
        before = clock.now
        scheduler.poller.happen(2, 5, READ)
        assert scheduler.wait_fd(TALLY, 5, READ, before + 3) is True
        assert clock.now == before + 2

    virtual(program)


def test_deadline_ends_fd_wait(virtual, clock):
    def program(scheduler):
        assert scheduler.wait_fd(TALLY, 5, READ, clock.now + 3) is False
        assert not scheduler.fds[5].all()

    virtual(program)


def test_only_the_wanted_direction_wakes(virtual):
    ended = []

    def program(scheduler):
        for direction in (READ, WRITE, PRIORITY):
            scheduler.spawn(lambda wanted=direction: (scheduler.wait_fd(TALLY, 5, wanted), ended.append(wanted)))
        for delay, events in enumerate((WRITE, PRIORITY, READ), 1):
            scheduler.poller.happen(delay, 5, events)
        finish(scheduler)

    virtual(program)
    assert ended == [WRITE, PRIORITY, READ]


def test_others_stay_armed(virtual):
    def program(scheduler):
        scheduler.spawn(scheduler.wait_fd, (TALLY, 5, READ))
        scheduler.spawn(scheduler.wait_fd, (TALLY, 5, WRITE))
        scheduler.poller.happen(1, 5, WRITE)
        sleep(scheduler, 2)
        return scheduler.poller.armed

    assert virtual(program) == {5: READ}


def test_readers_are_told_one_by_one(virtual):
    ended = []

    def program(scheduler):
        for name in "abc":
            scheduler.spawn(lambda name=name: (scheduler.wait_fd(TALLY, 5, READ), ended.append(name)))
        for delay in (1, 2):
            scheduler.poller.happen(delay, 5, READ)
        sleep(scheduler, 1.5)
        assert ended == ["a"]
        sleep(scheduler, 1)
        assert ended == ["a", "b"]

    virtual(program)


def test_hang_up_wakes_every_direction(virtual):
    def program(scheduler):
        for direction in (READ, WRITE):
            scheduler.spawn(scheduler.wait_fd, (TALLY, 5, direction))
        scheduler.poller.happen(1, 5, HANG_UP)
        finish(scheduler)

    virtual(program)


def test_closing_wakes_with_bad_descriptor(virtual):
    errors = []

    def program(scheduler):
        def wait(direction):
            with pytest.raises(OSError, match="Bad file descriptor") as caught:
                scheduler.wait_fd(TALLY, 5, direction)
            errors.append(caught.value.errno)

        for direction in (READ, READ, WRITE):
            scheduler.spawn(wait, (direction,))
        sleep(scheduler, 1)
        scheduler.closing(5)
        finish(scheduler)
        assert scheduler.poller.armed == {}

    virtual(program)
    assert errors == [errno.EBADF] * 3


def test_reused_fd_leaves_new_waiter_alone(virtual):
    """Closed and open again at once: who waited for the old one is told, who waits for the new one goes on."""
    ended = []

    def program(scheduler):
        def wait(name):
            try:
                scheduler.wait_fd(TALLY, 5, READ)
                ended.append((name, "ready"))
            except OSError:
                ended.append((name, "closed"))

        scheduler.spawn(wait, ("old",))
        sleep(scheduler, 1)
        scheduler.closing(5)
        scheduler.spawn(wait, ("new",))
        sleep(scheduler, 1)
        assert ended == [("old", "closed")]
        scheduler.poller.happen(1, 5, READ)
        finish(scheduler)

    virtual(program)
    assert ended == [("old", "closed"), ("new", "ready")]


def test_event_of_unknown_fd_is_ignored(virtual):
    def program(scheduler):
        scheduler.poller.happen(0.5, 9, READ)
        assert sleep(scheduler, 1) is False

    virtual(program)


def test_negative_fd_is_bad(virtual):
    with pytest.raises(OSError, match="Bad file descriptor"):
        virtual(lambda scheduler: scheduler.wait_fd(TALLY, -1, READ))


def test_regular_file_counts_as_ready(virtual):
    def program(scheduler):
        scheduler.poller.refused[5] = PermissionError(errno.EPERM, "Operation not permitted")
        return scheduler.wait_fd(TALLY, 5, READ)

    assert virtual(program) is True


def test_refused_fd_raises_and_is_forgotten(virtual):
    def program(scheduler):
        scheduler.poller.refused[5] = OSError(errno.EBADF, "Bad file descriptor")
        with pytest.raises(OSError, match="Bad file descriptor"):
            scheduler.wait_fd(TALLY, 5, READ)
        assert not scheduler.fds[5].all()

    virtual(program)


def test_one_of_several_fds_is_enough(virtual):
    def program(scheduler):
        scheduler.poller.happen(1, 6, WRITE)
        assert scheduler.wait_fds(TALLY, {5: READ, 6: READ | WRITE}) is True
        assert [scheduler.fds[fd].all() for fd in (5, 6)] == [[], []]

    virtual(program)


def test_several_fds_have_one_deadline(virtual, clock):
    def program(scheduler):
        assert scheduler.wait_fds(TALLY, {5: READ, 6: WRITE}, clock.now + 1) is False
        assert [scheduler.fds[fd].all() for fd in (5, 6)] == [[], []]

    virtual(program)


def test_closing_one_of_several_ends_wait(virtual):
    def program(scheduler):
        scheduler.spawn(scheduler.closing, (6,))
        assert scheduler.wait_fds(TALLY, {5: READ, 6: READ}) is True

    virtual(program)


def test_no_fds_wait_for_deadline(virtual, clock):
    def program(scheduler):
        before = clock.now
        assert scheduler.wait_fds(TALLY, {}, before + 2) is False
        assert clock.now == before + 2

    virtual(program)


# -- signal handlers ---------------------------------------------------------------------------------------------------


def signalled(scheduler, handler):
    """Make `handler` the handler of every signal; returns a function that raises one."""

    def run_handlers():
        while scheduler.signals:
            scheduler.signals.popleft()
            handler()

    def arrive():
        scheduler.signals.append(1)
        scheduler.nudge_main()

    scheduler.signals = deque()
    scheduler.run_handlers = run_handlers
    return arrive


def test_handler_runs_amid_mains_wait(virtual, clock):
    def program(scheduler):
        start, ran = clock.now, []
        arrive = signalled(scheduler, lambda: ran.append((clock.now - start, scheduler.current is scheduler.main)))
        scheduler.spawn(lambda: (sleep(scheduler, 1), arrive(), sleep(scheduler, 1), arrive()))
        assert sleep(scheduler, 5) is False
        assert (ran, clock.now - start) == ([(1, True), (2, True)], 5)

    virtual(program)


def test_error_of_handler_ends_wait(virtual):
    def fail():
        raise KeyboardInterrupt

    def program(scheduler):
        arrive = signalled(scheduler, fail)
        serial = scheduler.main.serial
        scheduler.spawn(arrive)
        with pytest.raises(KeyboardInterrupt):
            sleep(scheduler, 5)
        scheduler.spawn(scheduler.unpark, (scheduler.main, serial))
        assert sleep(scheduler, 1) is False

    virtual(program)


def test_handler_that_waits_loses_no_wake_up(virtual, clock):
    def program(scheduler):
        start, main = clock.now, scheduler.main
        arrive = signalled(scheduler, lambda: sleep(scheduler, 2))
        serial = main.serial
        scheduler.spawn(lambda: (arrive(), sleep(scheduler, 1), scheduler.unpark(main, serial)))
        assert scheduler.park(TALLY) is True
        assert clock.now - start == 2

    virtual(program)


def test_wake_up_and_signal_together(virtual):
    def program(scheduler):
        main, ran = scheduler.main, []
        arrive = signalled(scheduler, lambda: ran.append(True))
        serial = main.serial
        scheduler.spawn(lambda: (scheduler.unpark(main, serial), arrive()))
        assert scheduler.park(TALLY) is True
        assert ran == [True]

    virtual(program)


def test_waits_of_handler_end_no_other(virtual):
    """The wait is over and the handler runs before it returns: how the handler's own waits end is not its result."""

    def program(scheduler):
        main, serial = scheduler.main, scheduler.main.serial
        arrive = signalled(scheduler, lambda: sleep(scheduler, 1))
        scheduler.spawn(lambda: (scheduler.unpark(main, serial), arrive()))
        assert scheduler.park(TALLY) is True

    virtual(program)


def test_deadline_passes_in_handler(virtual, clock):
    def program(scheduler):
        start = clock.now
        arrive = signalled(scheduler, lambda: sleep(scheduler, 3))
        scheduler.spawn(arrive)
        assert sleep(scheduler, 1) is False
        assert clock.now - start == 3

    virtual(program)


# -- real threads and real fds -----------------------------------------------------------------------------------------


def test_real_thread_unparks(real):
    def program(scheduler):
        main = scheduler.main
        threading.Timer(0.005, scheduler.unpark, (main, main.serial)).start()
        assert scheduler.park(TALLY) is True

    real(program)


def test_real_thread_spawns(real):
    def program(scheduler):
        main, idents = scheduler.main, []

        def spawned():
            idents.append(threading.get_native_id())
            scheduler.unpark(main, 0)

        threading.Timer(0.005, scheduler.spawn, (spawned,)).start()
        assert scheduler.park(TALLY) is True
        assert idents == [threading.get_native_id()]

    real(program)


def test_unparks_of_threads_are_never_lost(real):
    rounds = 300

    def program(scheduler):
        main, gate = scheduler.main, threading.Semaphore(0)
        serials = deque()

        def waker():
            for _ in range(rounds):
                gate.acquire()
                scheduler.unpark(main, serials.popleft())

        threading.Thread(target=waker).start()
        for _ in range(rounds):
            serials.append(main.serial)
            gate.release()
            assert scheduler.park(TALLY) is True

    real(program)


@pytest.mark.parametrize("poller", ["epoll", "poll"])
def test_socket_pair_through_either_poller(real, poller):
    def program(scheduler):
        left, right = socket.socketpair()

        def echo():
            for _ in range(5):
                scheduler.wait_fd(TALLY, right.fileno(), READ)
                right.send(right.recv(1))

        scheduler.spawn(echo)
        for _ in range(5):
            left.send(b"x")
            assert scheduler.wait_fd(TALLY, left.fileno(), READ, module.monotonic() + 10)
            assert left.recv(1) == b"x"
        left.close()
        right.close()

    real(program, poller)


@pytest.mark.parametrize("poller", ["epoll", "poll"])
def test_closed_pollers_are_made_anew(real, poller):
    """What a program does that closes all fds it does not know, in the middle of a wait."""

    def program(scheduler):
        reader, writer = os.pipe()

        def close_all():
            for fd in set(map(int, os.listdir("/proc/self/fd"))) - known:
                with suppress(OSError):  # the one that listed them
                    os.close(fd)
            os.write(writer, b"x")

        scheduler.spawn(close_all)
        known = before | {reader, writer}
        assert scheduler.wait_fd(TALLY, reader, READ, module.monotonic() + 10) is True
        os.close(reader)
        os.close(writer)

    before = {int(fd) for fd in os.listdir("/proc/self/fd")}
    real(program, poller)


# -- what the recording says of a hub that sleeps ----------------------------------------------------------------------


@pytest.fixture
def recorded(tmp_path):
    """`recorded(virtual, program)`: as `virtual(program)`, with a recording."""

    def opener():
        path = str(tmp_path / "run.ocoro")
        prepare(path, layout.PAGE)
        return Recording(path, layout.PAGE)

    def recorded(virtual, program):
        def whole(scheduler):
            scheduler.recorder.record(opener)
            try:
                return program(scheduler)
            finally:
                scheduler.recorder.close(set())

        return virtual(whole)

    return recorded


def _told(scheduler):
    """When the recording was last brought up to date, and whether it says that the hub sleeps since then."""
    numbers = layout.TOTAL.unpack_from(scheduler.recorder.recording.memory, scheduler.recorder.recording.totals)
    return numbers[0], bool(numbers[-1])


def _wake_by_old_deadline(scheduler, poller, after):
    """The deadline of a wait that was fulfilled long ago."""
    here, there = socket.socketpair()
    with here, there:
        poller.happen(0.0, here.fileno(), READ)
        assert scheduler.wait_fd(TALLY, here.fileno(), READ, module.monotonic() + after)


def _wake_by_pipe(scheduler, poller, after):
    """As another thread, the monitor or the C handler of a signal does; it may be nothing that anybody waits for."""
    poller.happen(after, 1000, READ)


def _wake_by_lost_fd(scheduler, poller, after):
    """An fd whose waiters have been told of something else meanwhile."""
    here, there = socket.socketpair()
    with here, there:
        poller.happen(after, here.fileno(), READ)
        scheduler.fds[here.fileno()] = Waiters()


@pytest.mark.parametrize("wake", [_wake_by_old_deadline, _wake_by_pipe, _wake_by_lost_fd])
def test_wake_up_without_a_switch_leaves_the_hub_asleep_in_the_recording(virtual, clock, recorded, wake):
    """Whatever ends a sleep: when the next one begins it is said again, so a reader counts that as idle too."""

    def program(scheduler):
        poller, seen = scheduler.poller, []
        wait = poller.wait

        def watching(timeout):
            if timeout > module._NAP:
                seen.append((clock.now, *_told(scheduler)))
            return wait(timeout)

        for after in (1.0, 2.0, 2.5):
            wake(scheduler, poller, after)
        poller.wait = watching
        sleep(scheduler, 10.0)
        return seen

    seen = [each for each in recorded(virtual, program) if each[0] > 1000.1]
    assert seen, "the hub was woken"
    assert all(asleep and told == at for at, told, asleep in seen)


def test_sleep_is_told_before_the_records_are(virtual, clock, recorded):
    """To write those of very many coroutines takes long, so that is put off for seconds; the hub sleeps meanwhile."""

    def program(scheduler):
        seen, wait = [], scheduler.poller.wait

        def watching(timeout):
            if timeout > 2 * module._NAP:
                seen.append(_told(scheduler)[1])
            return wait(timeout)

        sleep(scheduler, 0.1)
        scheduler.recorder.records.due_at = clock.now + 5.0
        sleep(scheduler, 0.001)
        scheduler.poller.wait = watching
        sleep(scheduler, 10.0)
        return seen

    seen = recorded(virtual, program)
    assert seen == [True, True]
