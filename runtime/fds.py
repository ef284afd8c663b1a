"""Waiting for file descriptors: who waits for which, and the traps that suspend until one may be ready."""

from __future__ import annotations

from greenlet import getcurrent

from ocoro.runtime import originals
from ocoro.runtime.coroutine import NEVER, PARKED, RUNNING
from ocoro.runtime.layout import EVENT_SIZE, WAIT
from ocoro.runtime.poller import PRIORITY, READ, READ_ONCE, WRITE, Look, Waiters, reopened
from ocoro.runtime.recorder import pack_event
from ocoro.runtime.switching import (
    Switching,
    collect_again,
    collect_no_more,
    collects,
    monotonic,
)
from ocoro.runtime.tally import getframe, innermost
from ocoro.runtime.threadstate import IS_CARRIED_IN_C, is_anything, switch

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from ocoro.runtime.coroutine import Coroutine
    from ocoro.runtime.poller import Poller
    from ocoro.runtime.recorder import Recorder
    from ocoro.runtime.tally import Tally

_EBADF = 9
kernel_times = [False]  # some socket was given SO_RCVTIMEO or SO_SNDTIMEO, which copies and accepted ones inherit


class FdWaits(Switching):
    """The part of the scheduler that knows fds."""

    __slots__ = ("choosing", "fds", "heirs", "rearm")

    def __init__(self, poller: Poller | None = None, recorder: Recorder | None = None) -> None:
        super().__init__(poller, recorder)
        self.rearm = self.poller.rearm
        self.fds: dict[int, Waiters] = {}
        self.heirs: dict[Coroutine, tuple[int, int]] = {}  # who waits on after a close: the wait's serial, a duplicate
        self.choosing: set[Coroutine] = set()  # who waits for several fds

    def wait_fd(self, tally: Tally, fd: int, direction: int, deadline: float = NEVER) -> bool:
        """Suspend until `fd` is ready for `direction` (READ, WRITE or PRIORITY): True, or False after `deadline`.

        Ready is a hint. Raises OSError (EBADF) when the fd is closed meanwhile, and what the poller says of a bad fd.
        """
        if collects():
            collect_no_more()
            self.keeps_garbage = True
        try:
            waiters = self.waiters(fd)
        except OSError:
            self.collect()
            raise
        me = self.current
        waiter = (me, me.serial)
        if direction == READ and not waiters.others:
            side, events = waiters.readers, READ_ONCE
            side.append(waiter)
        else:
            side = waiters.side(direction)
            side.append(waiter)
            events = waiters.events()
        try:
            if not self._arm(fd, events):
                side.remove(waiter)
                self.collect()
                return True
            woken = self.park(tally, deadline, fd)
        except BaseException:
            if waiter in side:
                side.remove(waiter)
            self.collect()
            raise
        if not woken and waiter in side:
            side.remove(waiter)
        if waiters.closed:
            raise OSError(_EBADF, "Bad file descriptor")
        return woken

    def wait_readable(self, tally: Tally, fd: int, waiters: Waiters | None, deadline: float) -> bool | None:
        """`wait_fd` for READ and `waiters(fd)`, in one piece for the sake of sockets; None where `me()` is nobody."""
        me = self.current
        if me.greenlet in (None, self.hub.greenlet) or (getcurrent() is not me.greenlet and self.me() is None):
            return None
        if waiters is None or waiters.readers or waiters.others or me is self.main:
            return self.wait_fd(tally, fd, READ, deadline)
        if collects():
            collect_no_more()
            self.keeps_garbage = True
        readers = waiters.readers
        waiter = (me, me.serial)
        readers.append(waiter)
        try:
            self.rearm(fd, READ_ONCE)
        except OSError:
            readers.pop()
            return self.wait_fd(tally, fd, READ, deadline)
        recorder = self.recorder
        try:
            if recorder.ring is None:
                site = tally.elsewhere
            else:
                try:
                    frame = getframe(1)
                    known = tally.sites[id(frame.f_code) + frame.f_lasti]
                except (KeyError, ValueError):
                    known = None
                site = known or tally.site(innermost(1))
                me.waker = 0
            me.site = site
            if deadline is not NEVER:
                me.expired = False
                me.deadline = deadline
                if deadline < me.alarm:
                    self.timers.add(me, deadline)
            me.parked = PARKED
            parked_at = me.parked_at = self.switched_at = monotonic()
            if not IS_CARRIED_IN_C and is_anything():
                self._switch_carrying()
            else:
                if self.keeps_garbage:
                    self.keeps_garbage = False
                    collect_again()
                successor = self.current = self.ready.popleft() if self.ready and parked_at < self.turn else self.hub
                if IS_CARRIED_IN_C:
                    switch(successor.greenlet)
                else:
                    successor.greenlet.switch()  # type: ignore[union-attr]
        except BaseException:  # as in `park`
            me.parked = RUNNING
            me.serial += 1
            me.deadline = NEVER
            if waiter in readers:
                readers.remove(waiter)
            raise
        me.serial += 1
        ready_at = me.ready_at
        resumed_at = self.switched_at
        wait, late = ready_at - parked_at, resumed_at - ready_at
        site.waits.append(wait)
        site.lates.append(late)
        ring = recorder.ring
        if ring is not None:
            at = recorder.at
            recorder.at = at + EVENT_SIZE if at < recorder.last else recorder.first
            me.waited += wait
            me.delayed += late
            pack_event(
                ring,
                at,
                parked_at,
                ready_at,
                resumed_at,
                me.number,
                site.number,
                me.waker,
                fd,
                WAIT,
                0,
            )
        if self.dead:
            self.dead.clear()
        if waiters.closed:
            raise OSError(_EBADF, "Bad file descriptor")
        if deadline is not NEVER:
            me.deadline = NEVER
            if me.expired:
                if waiter in readers:
                    readers.remove(waiter)
                return False
        return True

    def wait_fds(self, tally: Tally, wanted: dict[int, int], deadline: float = NEVER) -> bool:
        """Suspend until one of several fds may be ready: True, or False after `deadline`.

        `wanted` is fd -> READ, WRITE and PRIORITY combined. An fd that cannot be waited for counts as ready.
        """
        self.keep_garbage()
        me = self.current
        waiter = Look((me, me.serial))
        joined = []
        self.choosing.add(me)
        try:
            for fd, events in wanted.items():
                waiters = self.waiters(fd)
                for direction in (READ, WRITE, PRIORITY):
                    if events & direction:
                        side = waiters.side(direction)
                        side.append(waiter)
                        joined.append(side)
                if not self._is_waitable(fd, waiters.events()):
                    return True
            return self.park(tally, deadline)
        finally:
            self.collect()
            self.choosing.discard(me)
            for side in joined:
                if waiter in side:
                    side.remove(waiter)

    def _arm(self, fd: int, events: int) -> bool:
        """Have the poller look for `events` of `fd`; False for a regular file, which never waits and epoll refuses."""
        try:
            self.rearm(fd, events)
        except OSError:
            return self._arm_anew(fd, events)
        return True

    def _arm_anew(self, fd: int, events: int) -> bool:
        """The poller does not know `fd`, or refuses it, or has lost its own fds to a program that closes all fds."""
        try:
            self.poller.arm(fd, events)
        except PermissionError:
            return False
        except OSError:
            if self.poller.is_open():
                raise
            self._reopen()
            self.poller.arm(fd, events)
        return True

    def _is_waitable(self, fd: int, events: int) -> bool:
        try:
            return self._arm(fd, events)
        except OSError:
            return False

    def waiters(self, fd: int) -> Waiters:
        """Who waits for `fd`, and what is known of it. Raises OSError (EBADF) for a negative one."""
        if fd < 0:
            raise OSError(_EBADF, "Bad file descriptor")
        waiters = self.fds.get(fd)
        if waiters is None:
            waiters = self.fds[fd] = Waiters()
        return waiters

    def closing(self, fd: int) -> None:
        """`fd` is about to be closed.

        In the kernel a call that has begun has the open file, whatever becomes of the number. So who waits for this one
        waits on by a duplicate, and learns of the close when that is ready: by EBADF, and then `inherit`. Who waits for
        several looks at all of them anew, now.
        """
        waiters = self.fds.pop(fd, None)
        if waiters is None:
            return
        waiters.closed = True
        self.poller.disarm(fd)
        for direction in (READ, WRITE, PRIORITY):
            for coroutine, serial in waiters.side(direction):
                if not self._goes_on(fd, direction, coroutine, serial):
                    self.unpark(coroutine, serial)

    def _goes_on(self, fd: int, direction: int, coroutine: Coroutine, serial: int) -> bool:
        """Have a coroutine wait for a duplicate of `fd`; False if it cannot, or has one that is about to be closed."""
        if coroutine in self.choosing or coroutine.serial != serial or self.heirs.pop(coroutine, None) is not None:
            return False
        try:
            heir = self.poller.duplicate(fd)
        except OSError:
            return False
        waiters = self.fds[heir] = Waiters()
        waiters.side(direction).append((coroutine, serial))
        self.heirs[coroutine] = serial, heir
        if not self._is_waitable(heir, waiters.events()):
            self._drop(coroutine)
            return False
        return True

    def inherit(self) -> int:
        """The duplicate by which the caller's wait went on, which has just ended with EBADF; -1 if there is none.

        It is the caller's, to be closed.
        """
        serial, heir = self.heirs.get(self.current, (0, -1))
        if heir >= 0 and serial != self.current.serial - 1:
            self._drop(self.current)
            return -1
        self._forget(heir)
        self.heirs.pop(self.current, None)
        return heir

    def _forget(self, heir: int) -> None:
        self.fds.pop(heir, None)
        if heir >= 0:
            self.poller.disarm(heir)

    def _drop(self, coroutine: Coroutine) -> None:
        _, heir = self.heirs.pop(coroutine)
        self._forget(heir)
        originals.close(heir)

    def drop_heirs(self) -> None:
        """Close the duplicates of those whose wait is over, and who had no use for one."""
        for coroutine, (serial, _) in list(self.heirs.items()):
            if coroutine.serial != serial:
                self._drop(coroutine)

    def take_in(self, events: list[tuple[int, int]], now: float) -> float:
        """Wake those whom `events` of the poller concern; returns the time, or one just before: nobody is ready later.

        Runs no code of the program's: what it lets go of has no destructor.
        """
        fds, ready = self.fds, self.ready
        for fd, what in events:
            waiters = fds.get(fd)
            if what == READ and waiters is not None and len(waiters.readers) == 1 and not waiters.others:
                coroutine, serial = waiters.readers[0]
                if coroutine.serial == serial and coroutine.parked == PARKED:
                    ready.append(coroutine)  # which may fail for want of memory
                    coroutine.ready_at = now
                    coroutine.parked = RUNNING
                    waiters.readers.pop()
                    continue
                waiters.readers.pop()
                self.unpark(coroutine, serial)
            else:
                self._ready_fd(fd, what, waiters)
            now = monotonic()  # nobody is resumed before he is ready
        return now

    def _ready_fd(self, fd: int, what: int, waiters: Waiters | None) -> None:
        """`fd` has events, and more than one coroutine waits for it, or none, or not for reading only."""
        if waiters is None:
            self.poller.drain(fd)
            return
        for coroutine, serial in waiters.take(what):
            self.unpark(coroutine, serial)
        if waiters.readers or waiters.others:
            self.rearm(fd, waiters.events())

    def keep_fds_of(self, me: Coroutine) -> None:
        """In the child of a fork nobody waits for an fd but `me`, in a wait that a signal handler has interrupted."""
        waited, self.fds = self.fds, {}
        if not me.interrupted:
            return
        for fd, waiters in waited.items():
            waiters.leave_only(me)
            if waiters.readers or waiters.others:
                self.fds[fd] = waiters
                self._is_waitable(fd, waiters.events())

    def renew_poller(self) -> None:
        """Have the poller make new fds for itself, if there are any; nothing is armed then."""
        self.poller = reopened(self.poller)
        self.rearm = self.poller.rearm
        self.epoll_fd, self.wake_fd = self.poller.epoll_fd, self.poller.signal_fd
        self.watch_signals()

    def _reopen(self) -> list[tuple[int, int]]:
        """The program closed our fds (a daemon closes all it does not know): make new ones and arm everything again."""
        self.renew_poller()
        self.recorder.recording.set_waker(self.wake_fd)
        self.arm_again()
        return []

    def arm_again(self) -> None:
        """Have the poller tell of all that is waited for, also of what it has told already."""
        for fd, waiters in list(self.fds.items()):
            if waiters.readers or waiters.others:
                try:
                    self.poller.arm(fd, waiters.events())
                except OSError:
                    self.closing(fd)
