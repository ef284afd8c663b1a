"""Both pollers, on real pipes and sockets: told once per arming, woken from anywhere, and out of the program's way."""

import errno
import os
import socket
import threading

import pytest
from process import run

from ocoro.runtime import poller as poller_module
from ocoro.runtime.coroutine import NEVER
from ocoro.runtime.poller import (
    PRIORITY,
    READ,
    READ_ONCE,
    WRITE,
    EpollPoller,
    FdlessPoller,
    PollPoller,
    Waiters,
    make_poller,
    reopened,
)

ONCE = READ_ONCE & ~READ  # tell once, said together with each direction
LONG = 10.0


@pytest.fixture(params=["epoll", "poll", "no fd"])
def poller(request):
    poller = make_poller(request.param) if request.param != "no fd" else FdlessPoller(PollPoller())
    poller._look_at = NEVER  # of the last kind: it is to stay what it is
    yield poller
    poller.close()


@pytest.fixture
def pipe():
    ends = os.pipe()
    yield ends
    for fd in ends:
        try:
            os.close(fd)
        except OSError:
            pass  # closed by the test


@pytest.fixture
def pair():
    left, right = socket.socketpair()
    with left, right:
        yield left, right


def take(poller, timeout=LONG):
    """What the poller tells of the program's fds, direction bits only."""
    return {fd: events & (READ | WRITE | PRIORITY) for fd, events in poller.wait(timeout)}


def settle(poller, events):
    """Hand to the poller what nobody waits for, as the hub does."""
    for fd, _ in events:
        poller.drain(fd)


def test_best_poller_is_epoll():
    poller = make_poller()
    assert isinstance(poller, EpollPoller)
    poller.close()


def test_poll_can_be_named():
    poller = make_poller("poll")
    assert isinstance(poller, PollPoller)
    poller.close()


def test_readable_fd_is_told_once(poller, pipe):
    poller.arm(pipe[0], READ_ONCE)
    os.write(pipe[1], b"x")
    assert take(poller) == {pipe[0]: READ}
    assert take(poller, 0.0) == {}


def test_armed_again_tells_again(poller, pipe):
    os.write(pipe[1], b"x")
    for arm in (poller.arm, poller.rearm, poller.arm):
        arm(pipe[0], READ_ONCE)
        assert take(poller) == {pipe[0]: READ}


def test_writable_fd_is_told(poller, pipe):
    poller.arm(pipe[1], WRITE | ONCE)
    assert take(poller) == {pipe[1]: WRITE}


def test_both_directions_are_told(poller, pair):
    left, right = pair
    right.send(b"x")
    poller.arm(left.fileno(), READ | WRITE | ONCE)
    assert take(poller) == {left.fileno(): READ | WRITE}


def test_urgent_data_is_told(poller):
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        peer, _ = server.accept()
        poller.arm(client.fileno(), PRIORITY | ONCE)
        peer.send(b"!", socket.MSG_OOB)
        assert take(poller) == {client.fileno(): PRIORITY}
        peer.close()


def test_direction_can_be_changed(poller, pair):
    left, _ = pair
    poller.arm(left.fileno(), READ_ONCE)
    poller.arm(left.fileno(), WRITE | ONCE)
    assert take(poller) == {left.fileno(): WRITE}


def test_disarmed_fd_is_not_told(poller, pipe):
    poller.arm(pipe[0], READ_ONCE)
    poller.disarm(pipe[0])
    os.write(pipe[1], b"x")
    assert take(poller, 0.0) == {}


def test_disarming_what_was_never_armed(poller, pipe):
    poller.disarm(pipe[0])
    os.close(pipe[0])
    poller.disarm(pipe[0])


def test_hang_up_is_told(poller, pipe):
    poller.arm(pipe[0], READ_ONCE)
    os.close(pipe[1])
    [(fd, events)] = poller.wait(LONG)
    waiters = Waiters()
    waiters.side(WRITE).append("writer")
    assert fd == pipe[0]
    assert waiters.take(events) == ["writer"]  # a failure concerns everyone


def test_closed_fd_is_an_error(poller, pipe):
    """epoll refuses it, poll tells of it at once; what must not be is that nobody hears of it."""
    os.close(pipe[0])
    try:
        poller.arm(pipe[0], READ_ONCE)
    except OSError:
        return
    assert pipe[0] in take(poller)


def test_unarmed_fd_cannot_be_rearmed(poller, pipe):
    os.write(pipe[1], b"x")
    try:
        poller.rearm(pipe[0], READ_ONCE)
    except OSError:
        poller.arm(pipe[0], READ_ONCE)
    assert take(poller) == {pipe[0]: READ}


def test_reused_number_has_to_be_armed_anew(poller, pipe):
    reader, _ = pipe
    poller.arm(reader, READ_ONCE)
    poller.disarm(reader)
    os.close(reader)
    other = os.pipe()
    os.dup2(other[0], reader)
    os.write(other[1], b"x")
    assert take(poller, 0.0) == {}
    poller.arm(reader, READ_ONCE)
    assert take(poller) == {reader: READ}
    for fd in other:
        os.close(fd)


def test_regular_file_never_waits(poller, tmp_path):
    with open(tmp_path / "file", "w+b") as file:
        try:
            poller.arm(file.fileno(), READ_ONCE)
        except PermissionError:  # epoll's way to say so
            return
        assert take(poller) == {file.fileno(): READ}


def test_no_time_finds_nothing(poller, pipe):
    poller.arm(pipe[0], READ_ONCE)
    assert poller.wait(0.0) == []


@pytest.mark.parametrize("timeout", [0.0002, 0.003, 0.008])
def test_wait_ends_after_time(poller, pipe, timeout):
    poller.arm(pipe[0], READ_ONCE)
    assert pipe[0] not in take(poller, timeout)


@pytest.mark.parametrize("timeout", [NEVER, LONG])
def test_wake_ends_wait(poller, timeout):
    threading.Timer(0.005, poller.wake).start()
    settle(poller, poller.wait(timeout))
    assert poller.wait(0.0) == []


def test_wake_before_wait_counts(poller):
    poller.wake()
    poller.wake()
    settle(poller, poller.wait(NEVER))
    assert poller.wait(0.0) == []


def test_wake_never_waits_itself(poller):
    for _ in range(70_000):  # more than a pipe holds
        poller.wake()
    while events := poller.wait(0.0):
        settle(poller, events)


def test_own_fds_are_out_of_the_way(poller):
    before = os.dup(0)
    os.close(before)
    poller.close()
    poller.reopen()
    after = os.dup(0)
    os.close(after)
    assert before == after


def open_fds():
    return {fd for fd in range(3, 1100) if os.path.exists(f"/proc/self/fd/{fd}")}


@pytest.fixture(params=["epoll", "poll"])
def poller_and_fds(request):
    """A poller with the fds that it has for itself."""
    before = open_fds()
    poller = make_poller(request.param)
    return poller, open_fds() - before


def test_own_fds_are_closed(poller_and_fds):
    poller, own = poller_and_fds
    assert not any(os.get_inheritable(fd) for fd in own)
    poller.close()
    assert own
    assert not own & open_fds()


def test_poller_sees_its_fds_closed(poller_and_fds):
    poller, own = poller_and_fds
    assert poller.is_open()
    for fd in own:
        os.close(fd)
    assert not poller.is_open()
    poller.reopen()
    assert poller.is_open()
    poller.close()


def test_reopened_poller_has_nothing_armed(poller, pipe):
    poller.arm(pipe[0], READ_ONCE)
    poller.close()
    poller.reopen()
    os.write(pipe[1], b"x")
    assert take(poller, 0.0) == {}
    poller.arm(pipe[0], READ_ONCE)
    assert take(poller) == {pipe[0]: READ}


# -- when there are no fds to be had -----------------------------------------------------------------------------------


@pytest.fixture
def short(monkeypatch):
    """`short(number)`: only so many more fds are to be had. Without a number as many as ever."""
    left = [0]

    def counted(make, size):
        def made(*args):
            if left[0] < size:
                raise OSError(errno.EMFILE, "Too many open files")
            left[0] -= size
            return make(*args)

        return made

    def short(number=1000):
        left[0] = number

    for module, name, size in ((os, "dup", 1), (os, "pipe", 2), (poller_module, "fcntl", 1)):
        monkeypatch.setattr(module, name, counted(getattr(module, name), size))
    return short


@pytest.mark.parametrize("number", range(6))
@pytest.mark.parametrize("kind", ["epoll", "poll"])
def test_poller_without_its_fds_has_none(short, kind, number):
    """Wherever the making of them is stopped."""
    before = open_fds()
    short(number)
    poller = make_poller(kind)
    without = isinstance(poller, FdlessPoller)
    assert without or number > 3
    if without:
        assert open_fds() == before
    poller.close()
    assert open_fds() == before


def test_fds_are_tried_again(short):
    short(0)
    poller = make_poller()
    assert take(poller, 0.0) == {}
    poller._look_at = 0.0
    assert take(poller, 0.0) == {}
    assert isinstance(reopened(poller), FdlessPoller)
    short()
    poller._look_at = 0.0
    with pytest.raises(OSError, match="no fd of our own"):
        poller.wait(0.0)
    usual = reopened(poller)
    assert isinstance(usual, EpollPoller)
    usual.close()


FEW = """
import os, threading
taken = []
try:
    while True: taken.append(os.dup(0))
except OSError as error: print(taken, error)
lock = threading.Lock()
lock.acquire()
threading.Timer(0.005, lock.release).start()
print(lock.acquire(timeout=20))
"""


def test_few_fds_are_all_the_programs(interpreter):
    limited = ["sh", "-c", 'ulimit -n 12; exec "$@"', "sh", interpreter.path]
    plain = run([*limited, "-c", FEW])
    assert run([*limited, "-P", "-m", "ocoro", "run", "--quiet", "-c", FEW]) == plain
    assert plain.status == 0


# -- who waits for one fd ----------------------------------------------------------------------------------------------


@pytest.fixture
def waiters():
    waiters = Waiters()
    for direction, names in ((READ, ("r1", "r2")), (WRITE, ("w1",)), (PRIORITY, ("p1",))):
        waiters.side(direction).extend(names)
    return waiters


def test_first_of_a_direction_is_taken(waiters):
    assert waiters.take(READ) == ["r1"]
    assert waiters.take(READ) == ["r2"]
    assert waiters.take(READ) == []


def test_one_of_each_direction_is_taken(waiters):
    assert sorted(waiters.take(READ | WRITE)) == ["r1", "w1"]


@pytest.mark.parametrize("failure", [0x008, 0x010, 0x020, 0x2000])
def test_failure_takes_one_of_each(waiters, failure):
    assert sorted(waiters.take(failure)) == ["p1", "r1", "w1"]


def test_events_are_those_waited_for(waiters):
    assert waiters.events() & ~ONCE == READ | WRITE | PRIORITY
    waiters.take(WRITE | PRIORITY)
    assert waiters.events() & ~ONCE == READ


def test_everyone_is_found(waiters):
    assert sorted(waiters.all()) == ["p1", "r1", "r2", "w1"]
