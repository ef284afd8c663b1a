"""The scheduler: one ready queue, one hub, direct switches from one coroutine to the next.

All coroutines run on one operating-system thread, the home thread. Whoever parks takes the next coroutine from the
ready queue and switches to it straight. The hub, a greenlet of its own, gets its turn when the queue is empty and at
least every `_TURN` seconds of switching; it polls, looks at the timers, and starts new coroutines (a greenlet inherits
the recursion depth of who starts it, and the hub's is small and constant).

Rules. Only the home thread switches; any thread may `unpark`. Nothing in here may call hooked code. A test and the
assignment that depends on it have no call and no backward jump between them: there CPython neither gives up the GIL
nor runs a signal handler, so the pair is atomic (3.11 to 3.13, builds with the GIL).
"""

from __future__ import annotations

import gc
from _collections import deque

from greenlet import getcurrent, greenlet

from ocoro.runtime import frames, originals
from ocoro.runtime.coroutine import NEVER, NUDGED, PARKED, RUNNING, Coroutine
from ocoro.runtime.poller import PRIORITY, READ, READ_ONCE, WRITE, Waiters, make_poller
from ocoro.runtime.recorder import Recorder, Tally
from ocoro.runtime.timers import Timers

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ocoro.runtime.poller import Poller

_TURN = 0.0005  # seconds of switching after which the hub looks at fds and timers again
_CARRIERS_KEPT = 256  # idle greenlets; each holds some 20 kB
_EXPIRED_AT_ONCE = 64  # timers looked at in one turn, so that the first need not wait for all
_EBADF = 9

monotonic = originals.monotonic
gettrace = originals.gettrace
getprofile = originals.getprofile


class Scheduler:
    """One per process. Slots because every switch reads several of them."""

    __slots__ = (
        "buried",
        "carried",
        "carriers",
        "coroutines",
        "current",
        "dead",
        "fds",
        "helpers",
        "home",
        "hub",
        "inbox",
        "main",
        "main_has_ended",
        "monitor",
        "on_end",
        "overdue",
        "poller",
        "ready",
        "rearm",
        "recorder",
        "resting",
        "run_handlers",
        "signals",
        "sleeping",
        "start_monitor",
        "switched_at",
        "timers",
        "turn",
    )

    def __init__(self, poller: Poller | None = None, recorder: Recorder | None = None) -> None:
        self.poller: Poller = poller or make_poller()
        self.rearm = self.poller.rearm
        self.recorder = recorder or Recorder()
        self.timers = Timers()
        self.fds: dict[int, Waiters] = {}
        self.ready: deque[Coroutine] = deque()
        self.inbox: deque[tuple[Coroutine, int]] = deque()  # unparked by other threads, by serial
        self.signals = frames.pending
        self.run_handlers: Callable[[], None] = lambda: None
        self.start_monitor: Callable[[], None] = lambda: None
        self.sleeping = False  # the hub is in the poller, or about to be
        self.switched_at = 0.0  # time of the latest switch
        self.turn = 0.0  # when the hub has its next turn at the latest
        self.home = originals.get_ident()
        self.main = Coroutine(getcurrent())
        self.main.ident = self.home
        self.main.locals = None  # kept where the interpreter keeps them, see `local`
        self.main_has_ended = False  # and the interpreter takes no more threads
        self.hub = Coroutine(greenlet(self._run, getcurrent()))
        self.current = self.main
        self.monitor: Any = None  # preempts; made when there is somebody to preempt for
        self.helpers: set[int] = set()  # identities of the real threads that are ours
        self.overdue = False  # the time slice ended while the runtime was at work
        self.resting = False  # the monitor rests until the hub is awake
        self.coroutines: set[Coroutine] = {self.main}  # all that have not ended
        self.carried: list[tuple[Callable[[], Any], Callable[[Any], None]]] = []  # state per thread: get, put
        self.carriers: list[Any] = []  # greenlets whose coroutine has ended, for the next ones
        self.dead: list[Coroutine] = []  # ended just now; what they refer to is let go by a coroutine, not in the hub
        self.buried: list[Any] = []  # those a fork left behind: never resumed, never collected
        self.on_end: Callable[[Coroutine, BaseException | None], None] = lambda coroutine, error: None

    # -- what any thread may call ------------------------------------------------------------------------------------

    def at_home(self) -> bool:
        """Whether the calling thread is the one that carries the coroutines."""
        return originals.get_ident() == self.home

    def spawn(
        self, function: Callable[..., object], args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Coroutine:
        """Make a coroutine that calls `function(*args, **kwargs)`; it runs when its turn comes."""
        coroutine = Coroutine(self.hub.greenlet, function, args, kwargs)
        self.coroutines.add(coroutine)
        recorder = self.recorder
        recorder.coroutines += 1
        if len(self.coroutines) > recorder.most:
            recorder.most = len(self.coroutines)
        coroutine.ready_at = monotonic()
        self.ready.append(coroutine)
        if self.sleeping:
            self.poller.wake()
        if self.monitor is None:
            self.start_monitor()
        return coroutine

    def unpark(self, coroutine: Coroutine, serial: int) -> None:
        """End the wait `serial` of `coroutine`. Has no effect when that wait is over."""
        if originals.get_ident() != self.home:
            self.inbox.append((coroutine, serial))
            self.turn = 0.0
            if self.sleeping:
                self.poller.wake()
            return
        if coroutine.serial != serial or not coroutine.parked:
            if coroutine.interrupted is not None and serial in coroutine.interrupted:
                coroutine.interrupted[serial] = True
            return
        coroutine.ready_at = monotonic()
        if coroutine.parked == PARKED:
            self.ready.append(coroutine)  # else it is NUDGED and stands in the queue already
        coroutine.parked = RUNNING

    # -- what a coroutine calls --------------------------------------------------------------------------------------

    def get_ident(self) -> int:
        """What `threading.get_ident` says: the coroutine's identity, elsewhere the operating-system thread's."""
        ident = originals.get_ident()
        return self.current.ident if ident == self.home else ident

    def me(self) -> Coroutine | None:
        """The coroutine that calls; None on a thread that is not the home thread, and in the hub."""
        if originals.get_ident() != self.home or self.current is self.hub:
            return None
        me = self.current
        me.greenlet = getcurrent()  # perhaps a greenlet of the program's own
        return me

    def park(self, tally: Tally, deadline: float = NEVER) -> bool:
        """Suspend the current coroutine until it is unparked (True) or `deadline` has passed (False).

        The caller has made sure that `me()` is somebody and has told a waker `(me, me.serial)`. May raise what a
        signal handler raises, in the main coroutine only.
        """
        me = self.current
        me.tally = tally
        me.expired = False
        me.deadline = deadline
        if deadline < me.alarm:
            self.timers.add(me, deadline)
        me.parked = PARKED
        if self.signals and me is self.main:
            self.nudge_main()
        parked_at = self.switched_at = monotonic()
        if self.ready and parked_at < self.turn:
            successor = self.ready.popleft()
        else:
            successor = self.hub
        if gettrace() is not None or getprofile() is not None or (self.carried and self._carries()):
            self._switch_carrying(successor)
        else:
            self.current = successor
            successor.greenlet.switch()
        if me.parked:
            self._run_handlers_of(me, deadline)  # moves on to the next serial also when a handler raises
        me.serial += 1
        me.deadline = NEVER
        tally.waits.append(me.ready_at - parked_at)
        tally.lates.append(self.switched_at - me.ready_at)
        if self.dead:
            self.dead.clear()
        if self.signals and me is self.main:
            self.run_handlers()
        return not me.expired

    def yield_now(self, tally: Tally) -> bool:
        """Let everyone else who is ready run first. Returns False, at once, where `me()` would be nobody."""
        me = self.current
        if getcurrent() is not me.greenlet and self.me() is None:
            return False
        self.ready.append(me)
        left_at = self.switched_at = monotonic()
        successor = self.ready.popleft() if left_at < self.turn else self.hub
        if gettrace() is not None or getprofile() is not None or (self.carried and self._carries()):
            self._switch_carrying(successor)
        else:
            self.current = successor
            successor.greenlet.switch()  # type: ignore[union-attr]
        tally.lates.append(self.switched_at - left_at)  # and no wait: the recorder counts that as one of zero length
        if self.dead:
            self.dead.clear()
        if self.signals and me is self.main:
            self.run_handlers()
        return True

    def _carries(self) -> bool:
        return any(get() is not None for get, _ in self.carried)

    def _switch_carrying(self, successor: Coroutine) -> None:
        """Switch with everything put aside that the interpreter keeps per thread and greenlet does not switch."""
        trace, profile = gettrace(), getprofile()
        if trace is not None:
            originals.settrace(None)
        if profile is not None:
            originals.setprofile(None)
        kept = [get() for get, _ in self.carried]
        for _, put in self.carried:
            put(None)
        self.current = successor
        successor.greenlet.switch()  # type: ignore[union-attr]
        for (_, put), value in zip(self.carried, kept, strict=False):
            put(value)
        if trace is not None:
            originals.settrace(trace)
        if profile is not None:
            originals.setprofile(profile)

    def wait_fd(self, tally: Tally, fd: int, direction: int, deadline: float = NEVER) -> bool:
        """Suspend until `fd` is ready for `direction` (READ, WRITE or PRIORITY): True, or False after `deadline`.

        Ready is a hint. Raises OSError (EBADF) when the fd is closed meanwhile, and what the poller says of a bad fd.
        """
        waiters = self.fds.get(fd)
        if waiters is None:
            waiters = self.waiters(fd)
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
                return True
            woken = self.park(tally, deadline)
        except BaseException:
            if waiter in side:
                side.remove(waiter)
            raise
        if not woken and waiter in side:
            side.remove(waiter)
        if waiters.closed:
            raise OSError(_EBADF, "Bad file descriptor")
        return woken

    def wait_readable(self, tally: Tally, fd: int, waiters: Waiters | None, deadline: float) -> bool | None:
        """`wait_fd` for READ and `waiters(fd)`, in one piece for the sake of sockets; None where `me()` is nobody."""
        me = self.current
        if getcurrent() is not me.greenlet and self.me() is None:
            return None
        if waiters is None or waiters.readers or waiters.others or me is self.main:
            return self.wait_fd(tally, fd, READ, deadline)
        readers = waiters.readers
        readers.append((me, me.serial))
        try:
            self.rearm(fd, READ_ONCE)
        except OSError:
            readers.pop()
            return self.wait_fd(tally, fd, READ, deadline)
        me.tally = tally
        if deadline is not NEVER:
            me.expired = False
            me.deadline = deadline
            if deadline < me.alarm:
                self.timers.add(me, deadline)
        me.parked = PARKED
        parked_at = self.switched_at = monotonic()
        successor = self.ready.popleft() if self.ready and parked_at < self.turn else self.hub
        if gettrace() is not None or getprofile() is not None or (self.carried and self._carries()):
            self._switch_carrying(successor)
        else:
            self.current = successor
            successor.greenlet.switch()  # type: ignore[union-attr]
        me.serial += 1
        tally.waits.append(me.ready_at - parked_at)
        tally.lates.append(self.switched_at - me.ready_at)
        if self.dead:
            self.dead.clear()
        if waiters.closed:
            raise OSError(_EBADF, "Bad file descriptor")
        if deadline is not NEVER:
            me.deadline = NEVER
            if me.expired:
                self._leave(readers, me)
                return False
        return True

    def _leave(self, side: list[Any], coroutine: Coroutine) -> None:
        """Take `coroutine` out of the waiters of an fd that did not become ready in time."""
        side[:] = [waiter for waiter in side if waiter[0] is not coroutine]

    def wait_fds(self, tally: Tally, wanted: dict[int, int], deadline: float = NEVER) -> bool:
        """Suspend until one of several fds may be ready: True, or False after `deadline`.

        `wanted` is fd -> READ, WRITE and PRIORITY combined. An fd that cannot be waited for counts as ready.
        """
        waiter = (self.current, self.current.serial)
        joined = []
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
        """Wake everyone who waits for `fd`, which is about to be closed; they see EBADF."""
        waiters = self.fds.pop(fd, None)
        if waiters is not None:
            waiters.closed = True
            self.poller.disarm(fd)
            for coroutine, serial in waiters.all():
                self.unpark(coroutine, serial)

    def retire(self) -> None:
        """The program is over: nothing is suspended any more, no other coroutine runs again."""
        self.home = 0
        self.current.greenlet = None
        if self.monitor is not None:
            self.monitor.stop()

    # -- signals: handlers run in the main coroutine -----------------------------------------------------------------

    def nudge_main(self) -> None:
        """Make the main coroutine run its pending signal handlers soon, even in the middle of a wait."""
        main = self.main
        if main.parked == PARKED:
            main.parked = NUDGED
            self.ready.append(main)
        self.turn = 0.0
        if self.sleeping:
            self.poller.wake()

    def _run_handlers_of(self, me: Coroutine, deadline: float) -> None:
        """In main, woken for signals: run the handlers, then go on with the rest of the wait (PEP 475)."""
        serial, tally = me.serial, me.tally
        while me.parked:
            me.parked = RUNNING
            me.serial += 1
            if me.interrupted is None:
                me.interrupted = {}
            me.interrupted[serial] = False
            me.ready_at = self.switched_at
            try:
                self.run_handlers()
            except BaseException:
                del me.interrupted[serial]
                me.deadline = NEVER
                raise
            woken = me.interrupted.pop(serial)
            latest, me.serial = me.serial, serial
            me.tally = tally
            if woken:
                me.ready_at = monotonic()
            else:
                me.deadline = deadline
                me.expired = False
                if deadline < me.alarm:
                    self.timers.add(me, deadline)
                me.parked = PARKED
                self.switched_at = monotonic()
                self._switch_carrying(self.hub)
            me.serial, serial = max(latest, me.serial), me.serial

    # -- the hub -----------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        hub, ready = self.hub, self.ready
        while True:
            coroutine = self.current
            try:
                if coroutine is hub:
                    now = monotonic()
                    if now >= self.turn or not ready:
                        now = self._take_turn(now)
                    self.switched_at = now
                    coroutine = self.current = ready.popleft()
                    if coroutine.greenlet is not hub.greenlet:
                        coroutine.greenlet.switch()
                elif coroutine.greenlet is hub.greenlet:
                    self._start(coroutine)
                else:
                    self._end(coroutine)
            except BaseException as error:
                if self.current is hub:
                    raise
                self.current.outcome = error  # greenlet hands it to the parent

    def _start(self, coroutine: Coroutine) -> None:
        """Run a new coroutine on the greenlet of one that has ended, or else on a new one."""
        if self.carriers:
            carrier = self.carriers.pop()
            carrier.gr_context = None  # a new thread has an empty context
        else:
            carrier = greenlet(self._carry, self.hub.greenlet)
        coroutine.greenlet = carrier
        carrier.switch()

    @frames.hidden
    def _carry(self) -> None:
        """What a carrier does: one coroutine after the other. Its frame is hidden: a thread's stack has none below."""
        while True:
            coroutine: Any = self.current
            function, args, kwargs = coroutine.function, coroutine.args, coroutine.kwargs or {}
            coroutine.args, coroutine.kwargs = (), None
            try:
                function(*args, **kwargs)
            except BaseException as error:
                coroutine.outcome = error
            coroutine = function = args = kwargs = None
            if len(self.carriers) >= _CARRIERS_KEPT:
                return
            self._rest()

    def _rest(self) -> None:
        """Wait for another coroutine to carry, in a frame that shows: greenlet takes one with none for running."""
        self.carriers.append(getcurrent())
        self.hub.greenlet.switch()  # type: ignore[union-attr]

    def _end(self, coroutine: Coroutine) -> None:
        """Control came here by the end of a coroutine's greenlet, not by a switch."""
        self.current = self.hub
        if gettrace() is not None or getprofile() is not None:  # they were its own
            originals.settrace(None)
            originals.setprofile(None)
        self.coroutines.discard(coroutine)
        self.dead.append(coroutine)
        self.timers.forget(coroutine)
        if coroutine is self.main:
            originals.exit_now(0)  # a thread forked and was all there is of the child; it has returned
        error, coroutine.outcome = coroutine.outcome, None
        if error is None and not coroutine.locals:
            self.on_end(coroutine, None)
        else:
            self._mourn(coroutine, error)

    def _mourn(self, coroutine: Coroutine, error: BaseException | None) -> None:
        """Finish in a coroutine of its own: destructors and the program's error hooks may wait, the hub may not."""

        def mourn() -> None:
            scheduler.current.ident = coroutine.ident
            if coroutine.locals:
                coroutine.locals.clear()
            scheduler.on_end(coroutine, error)

        scheduler = self
        self.spawn(mourn)
        self.recorder.coroutines -= 1

    def _take_turn(self, now: float) -> float:
        """Poll until somebody is ready; returns the time.

        Without garbage collection: a destructor that waits would wait in the hub, for which nobody could wake it.
        """
        collecting = gc.isenabled()
        if collecting:
            gc.disable()
        now = self._poll(now)
        while not self.ready:
            now = self._poll(now)
        if collecting:
            gc.enable()
        return now

    def _poll(self, now: float) -> float:
        """Take in what has become ready, sleeping if nobody is ready before that; returns the time afterwards."""
        self.sleeping = True
        if self.ready or self.inbox:
            timeout = 0.0
        else:
            timeout = max(0.0, self.timers.next_due() - now)
        try:
            events = self.poller.wait(timeout)
        except (OSError, ValueError):
            events = self._reopen()
        self.sleeping = False
        if self.resting:
            self.resting = False
            self.monitor.wake()
        after = monotonic()
        self.turn = after + _TURN
        if timeout:
            self.recorder.idle += after - now
        fds, ready = self.fds, self.ready
        for fd, what in events:
            waiters = fds.get(fd)
            if what == READ and waiters is not None and len(waiters.readers) == 1 and not waiters.others:
                coroutine, serial = waiters.readers.pop()
                if coroutine.serial == serial and coroutine.parked == PARKED:
                    coroutine.ready_at = after
                    coroutine.parked = RUNNING
                    ready.append(coroutine)
                else:
                    self.unpark(coroutine, serial)
            else:
                self._ready_fd(fd, what, waiters)
        while self.inbox:
            self.unpark(*self.inbox.popleft())
        if self.timers.next_due() <= after:
            for coroutine in self.timers.expire(after, _EXPIRED_AT_ONCE):
                coroutine.expired = True
                coroutine.ready_at = after
                if coroutine.parked == PARKED:
                    ready.append(coroutine)
                coroutine.parked = RUNNING
        if after >= self.recorder.fold_at:
            self.recorder.fold(after)
        return after

    def _ready_fd(self, fd: int, what: int, waiters: Waiters | None) -> None:
        """`fd` has events, and more than one coroutine waits for it, or none, or not for reading only."""
        if waiters is None:
            self.poller.drain(fd)
            return
        for coroutine, serial in waiters.take(what):
            self.unpark(coroutine, serial)
        if waiters.readers or waiters.others:
            self.rearm(fd, waiters.events())

    def _reopen(self) -> list[tuple[int, int]]:
        """The program closed our fds (a daemon closes all it does not know): make new ones and arm everything again."""
        self.poller.reopen()
        self.rearm = self.poller.rearm
        for fd, waiters in list(self.fds.items()):
            if waiters.readers or waiters.others:
                try:
                    self.poller.arm(fd, waiters.events())
                except OSError:
                    self.closing(fd)
        return []

    # -- fork --------------------------------------------------------------------------------------------------------

    def after_fork_in_child(self) -> None:
        """Only the forking coroutine goes on, as a thread would; the rest is neither run nor collected."""
        self.buried.append((self.coroutines, list(self.ready), self.fds, self.timers, self.hub, self.main))
        if originals.get_ident() != self.home:  # forked on a thread that carried no coroutines
            self.buried.append(self.carriers)
            self.carriers = []
            self.home = originals.get_ident()
            self.current = Coroutine(getcurrent())
            self.current.ident = self.home
            self.hub = Coroutine(greenlet(self._run, getcurrent()))
        me = self.main = self.current
        me.alarm = NEVER
        self.coroutines = {me}
        self.timers = Timers()
        self.fds = {}
        self.ready.clear()
        self.inbox.clear()
        self.signals.clear()
        self.sleeping = False
        self.resting = False
        self.monitor = None
        self.helpers.clear()
        self.turn = 0.0
        self.poller.close()
        self.poller.reopen()
        self.rearm = self.poller.rearm
        self.recorder.begin()
