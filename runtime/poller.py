"""Waits for file descriptors: epoll where there is one, else poll, behind the same five methods.

A wake-up is a hint, never a promise: whoever waited tries the call again. That is what makes reused fd numbers and
registrations left over in another process harmless. A registration is one-shot and is renewed for every wait, which
makes the kernel look at the fd anew; so an fd closed behind our back costs an error that we see, not a lost event.

While there is no fd for ourselves, `FdlessPoller` stands in. What is ours lives out of the program's way or not at
all: a process that may have only a few fds has all of them for itself.

# Invariant: an fd is armed in the kernel for exactly the directions somebody waits for, or for nothing.
"""

from __future__ import annotations

import os
from fcntl import F_DUPFD_CLOEXEC, fcntl

from ocoro.runtime import originals
from ocoro.runtime.coroutine import NEVER

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol

    from ocoro.runtime.coroutine import Coroutine

    Waiter = tuple[Coroutine, int]  # who, and the serial of its wait

    class Poller(Protocol):
        """What the hub needs. Time-outs are seconds, NEVER for none."""

        rearm: Callable[[int, int], object]  # as `arm`, for an fd that was armed before; OSError for any other

        signal_fd: int  # a byte written there ends the present or next `wait`
        epoll_fd: int  # where fds are armed in the manner of epoll_ctl(2); -1 for none

        def arm(self, fd: int, events: int) -> None:
            """Ask to be told once when `fd` has one of `events`; raises OSError for what cannot be waited for."""

        def drain(self, fd: int) -> None:
            """Told of an fd that nobody waits for: it is what `wake` made ready, or nothing."""

        def disarm(self, fd: int) -> None:
            """Stop asking about `fd`, which may be closed already."""

        def wait(self, timeout: float) -> list[tuple[int, int]]:
            """Return (fd, events) pairs; an empty list after `timeout`."""

        def has_events(self, timeout: float = 0.0) -> bool:
            """Whether `wait` might return at once, now or within `timeout`. Takes nothing; callable from any thread."""

        def wake(self) -> None:
            """Make the present or next `wait` return at once. Callable from any thread and any signal handler."""

        def is_open(self) -> bool:
            """Whether our own fds are still ours; a program that closes all fds closes them too."""

        def duplicate(self, fd: int) -> int:
            """Another fd of the same open file description, with a high number; raises OSError."""

        def close(self) -> None:
            """Close our fds, in the child of a fork."""

        def reopen(self) -> None:
            """Make new fds, with nothing armed; what had the numbers of the old ones is not touched.

            Raises OSError, and has no fds then, if there are none to be had.
            """


READ = 0x001  # EPOLLIN == POLLIN
PRIORITY = 0x002  # EPOLLPRI == POLLPRI
WRITE = 0x004  # EPOLLOUT == POLLOUT
ANY = READ | PRIORITY | WRITE
_FAILED = 0x008 | 0x010 | 0x020 | 0x2000  # error, hang-up, not open, peer has shut down
_NOT_OPEN = 0x020  # POLLNVAL
_EBADF = 9
_ONESHOT = 1 << 30
READ_ONCE = READ | _ONESHOT
_BATCH = 256  # events taken from the kernel at once
_FINE = 0.005  # below this many seconds a wait is slept with microseconds instead of milliseconds
_SELECTABLE = 1024  # FD_SETSIZE
_OUT_OF_THE_WAY = (1000, 200, 64)  # our own fds are moved up to here, so that the program's first open() still gives 3
SHORTAGE = (23, 24)  # ENFILE, EMFILE
_GLANCE = 0.01  # seconds; so late a wake-up may be noticed without an fd for it
_AGAIN = 0.1  # seconds; so often it is tried whether there are fds again


def out_of_the_way(fd: int) -> int:
    """Move `fd` to a high number, closed on exec; keeps select(2)'s limit of 1024.

    Raises OSError, and has closed it, if there is no such number.
    """
    for lowest in _OUT_OF_THE_WAY:
        if fd >= lowest:  # all below are taken
            os.set_inheritable(fd, False)
            return fd
        try:
            moved = fcntl(fd, F_DUPFD_CLOEXEC, lowest)
        except OSError:
            continue
        originals.close(fd)
        return moved
    originals.close(fd)
    raise OSError(SHORTAGE[1], "no file descriptor is out of the program's way")


def _duplicate(poller: Poller, fd: int) -> int:
    return fcntl(fd, F_DUPFD_CLOEXEC, _OUT_OF_THE_WAY[0])


class _Pipe:
    """A pipe to oneself, for `wake` and for the C signal handler (signal.set_wakeup_fd). OSError if none can be had."""

    def __init__(self) -> None:
        reader, writer = os.pipe()
        try:
            self.reader = out_of_the_way(reader)
        except OSError:
            originals.close(writer)
            raise
        try:
            self.writer = out_of_the_way(writer)
        except OSError:
            originals.close(self.reader)
            raise
        os.set_blocking(self.reader, False)
        os.set_blocking(self.writer, False)

    def close(self) -> None:
        originals.close(self.reader)
        originals.close(self.writer)

    def drain(self) -> None:
        try:
            originals.read(self.reader, 4096)
        except BlockingIOError:
            pass  # emptied already

    def fill(self) -> None:
        try:
            originals.write(self.writer, b"\0")
        except OSError:
            pass  # full: a wake-up is pending; closed by the program: the next wait finds out


class EpollPoller:
    """epoll(7)."""

    def __init__(self) -> None:
        self._lost: list[Any] = []  # objects whose fds are no longer ours: never collected, as that would close them

    duplicate = _duplicate

    def close(self) -> None:
        self._lost.pop().close()
        self._pipe.close()

    def reopen(self) -> None:
        self._epoll = originals.epoll.fromfd(out_of_the_way(_detached_epoll()))
        try:
            self._pipe = _Pipe()
        except OSError:
            self._epoll.close()
            raise
        self.signal_fd = self._pipe.writer
        self._epoll.register(self._pipe.reader, READ)
        self._lost.append(self._epoll)
        self.epoll_fd = self._epoll.fileno()
        self.rearm = self._epoll.modify
        self._poll: Callable[[float, int], list[tuple[int, int]]] = self._epoll.poll

    def arm(self, fd: int, events: int) -> None:
        try:
            self._epoll.register(fd, events)
        except FileExistsError:
            self._epoll.modify(fd, events)

    def disarm(self, fd: int) -> None:
        try:
            self._epoll.unregister(fd)
        except OSError:
            pass  # closed, or never registered: nothing will be reported either way

    def wait(self, timeout: float) -> list[tuple[int, int]]:
        if timeout == NEVER:
            return self._poll(-1, _BATCH)
        if timeout > _FINE:
            return self._poll((int(timeout * 1000) - 0.5) / 1000, _BATCH)  # epoll counts whole milliseconds, up
        if self.epoll_fd >= _SELECTABLE:
            return self._poll(timeout, _BATCH)
        if timeout > 0:
            originals.select((self.epoll_fd,), (), (), timeout)
        return self._poll(0, _BATCH)

    def has_events(self, timeout: float = 0.0) -> bool:
        poll = originals.poll()
        poll.register(self.epoll_fd, READ)
        return bool(poll.poll(timeout * 1000))

    def drain(self, fd: int) -> None:
        if fd == self._pipe.reader:
            self._pipe.drain()

    def is_open(self) -> bool:
        try:
            self._epoll.modify(self._pipe.reader, READ)
        except OSError:
            return False
        return True

    def wake(self) -> None:
        self._pipe.fill()


def _detached_epoll() -> int:
    """A new epoll fd that no Python object closes."""
    epoll = originals.epoll()
    try:
        return os.dup(epoll.fileno())
    finally:
        epoll.close()


class PollPoller:
    """poll(2), for systems without epoll."""

    epoll_fd = -1
    duplicate = _duplicate

    def reopen(self) -> None:
        self._armed: dict[int, int] = {}
        self._poll = originals.poll()
        self._pipe = _Pipe()
        self._poll.register(self._pipe.reader, READ)
        self.signal_fd = self._pipe.writer

    def close(self) -> None:
        self._pipe.close()

    def arm(self, fd: int, events: int) -> None:
        self._poll.register(fd, events & ~_ONESHOT)
        self._armed[fd] = events

    rearm = arm

    def disarm(self, fd: int) -> None:
        if self._armed.pop(fd, None) is not None:
            self._poll.unregister(fd)

    def wait(self, timeout: float) -> list[tuple[int, int]]:
        events = self._poll.poll(None if timeout == NEVER else timeout * 1000)
        for fd, what in events:
            if fd != self._pipe.reader:
                self.disarm(fd)  # one-shot
            elif what & _NOT_OPEN:
                raise OSError(_EBADF, "the poller's own fd is closed")
        return events

    def has_events(self, timeout: float = 0.0) -> bool:
        return True  # perhaps: who asks has to look at the fds

    def drain(self, fd: int) -> None:
        if fd == self._pipe.reader:
            self._pipe.drain()

    def is_open(self) -> bool:
        try:
            originals.write(self._pipe.writer, b"")
        except OSError:
            return False
        return True

    def wake(self) -> None:
        self._pipe.fill()


class Look(tuple):  # type: ignore[type-arg]
    """A waiter that only looks whether its fd is ready, such as `select`: it leaves what it finds to the next one."""

    __slots__ = ()


class FdlessPoller:
    """poll(2), with no fd of our own, in the place of a poller that cannot have its fds.

    It sleeps in short pieces and looks whether it was woken. Now and then it tries whether there are fds again: `wait`
    raises OSError then, for the hub to reopen the usual poller.
    """

    epoll_fd = signal_fd = -1
    duplicate = _duplicate

    def __init__(self, usual: Poller) -> None:
        self.usual = usual
        self.close()
        self._woken = False
        self._look_at = originals.monotonic() + _AGAIN

    def close(self) -> None:
        self._armed: set[int] = set()
        self._poll = originals.poll()

    def reopen(self) -> None:
        self.usual.reopen()

    def arm(self, fd: int, events: int) -> None:
        self._poll.register(fd, events & ~_ONESHOT)
        self._armed.add(fd)

    rearm = arm

    def disarm(self, fd: int) -> None:
        if fd in self._armed:
            self._armed.remove(fd)
            self._poll.unregister(fd)

    def wait(self, timeout: float) -> list[tuple[int, int]]:
        end = originals.monotonic() + timeout
        while True:
            now = originals.monotonic()
            if now >= self._look_at:
                self._look_at = now + _AGAIN
                if _are_fds_free():
                    raise OSError(SHORTAGE[1], "no fd of our own, though there are some")
            events: list[tuple[int, int]] = self._poll.poll(max(0.0, min(_GLANCE, end - now)) * 1000)
            if events or self._woken or now >= end:
                break
        self._woken = False
        for fd, _ in events:
            self.disarm(fd)  # one-shot
        return events

    def has_events(self, timeout: float = 0.0) -> bool:
        return True  # perhaps: who asks has to look at the fds

    def drain(self, fd: int) -> None:
        pass

    def is_open(self) -> bool:
        return True

    def wake(self) -> None:
        self._woken = True


def _are_fds_free() -> bool:
    """Whether there are as many fds as a poller needs while it is made."""
    pipes: list[_Pipe] = []
    try:
        for _ in range(2):
            pipes.append(_Pipe())
    except OSError:
        return False
    finally:
        for pipe in pipes:
            pipe.close()
    return True


class Waiters:
    """Who waits for one fd, by direction, and what is known of the fd."""

    __slots__ = ("closed", "others", "patience", "readers")

    def __init__(self) -> None:
        self.readers: list[Waiter] = []
        self.others: dict[int, list[Waiter]] = {}  # WRITE, PRIORITY -> who waits for that
        self.closed = False
        self.patience = 0  # so many reads are to wait at once, as a try would most likely fail

    def events(self) -> int:
        """The directions that somebody waits for, to be told of once."""
        events = READ_ONCE if self.readers else _ONESHOT
        for direction, waiters in tuple(self.others.items()):  # at once: the monitor asks, too
            if waiters:
                events |= direction
        return events

    def take(self, events: int) -> list[Waiter]:
        """Remove and return those whom `events` concern.

        Several waiters for one direction are told one by one, as the first may take all there is. Those who only look
        take nothing, so the one after them is told as well.
        """
        failed = events & _FAILED
        taken: list[Waiter] = []
        if failed or events & READ:
            _take_from(self.readers, taken)
        for direction, waiters in list(self.others.items()):
            if failed or events & direction:
                _take_from(waiters, taken)
            if not waiters:
                del self.others[direction]
        return taken

    def first(self, events: int) -> list[Waiter]:
        """Those whom `take` would return, left where they are. From any thread."""
        failed = events & _FAILED
        sides = [(READ, self.readers), *list(self.others.items())]
        return [waiter for direction, side in sides if failed or events & direction for waiter in side[:1]]

    def side(self, direction: int) -> list[Waiter]:
        """The list of those who wait for `direction`: READ, WRITE or PRIORITY."""
        return self.readers if direction == READ else self.others.setdefault(direction, [])

    def leave_only(self, coroutine: Coroutine) -> None:
        """Take all others out, where they stand."""
        for side in (self.readers, *self.others.values()):
            side[:] = [waiter for waiter in side if waiter[0] is coroutine]

    def all(self) -> list[Waiter]:
        """Everyone, in no order."""
        return [*self.readers, *(waiter for waiters in self.others.values() for waiter in waiters)]


def _take_from(waiters: list[Waiter], taken: list[Waiter]) -> None:
    """Move the first of `waiters` who does more than look to `taken`, and all before him."""
    while waiters:
        taken.append(waiters.pop(0))
        if type(taken[-1]) is not Look:
            return


def make_poller(kind: str = "") -> Any:
    """The best poller of this platform, or the one named: epoll or poll."""
    return reopened(EpollPoller() if kind != "poll" and originals.epoll is not None else PollPoller())


def reopened(poller: Any) -> Any:
    """`poller` with new fds for itself, or what stands in for it while there are none."""
    usual = poller.usual if isinstance(poller, FdlessPoller) else poller
    try:
        usual.reopen()
    except OSError:
        return FdlessPoller(usual)
    return usual
