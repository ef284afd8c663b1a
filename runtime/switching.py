"""Who runs: park, unpark and yield, the direct switch from one coroutine to the next.

All coroutines run on one operating-system thread, the home thread. Whoever parks takes the next coroutine from the
ready queue and switches to it straight; to the hub (see `scheduler`) if there is none, or its turn has come.

Rules. Only the home thread switches; any thread may `unpark`. Nothing in here may call hooked code. A test and the
assignment that depends on it have no call and no backward jump between them: there CPython neither gives up the GIL
nor runs a signal handler, so the pair is atomic (3.11 to 3.13, builds with the GIL).
"""

from __future__ import annotations

import gc
from _collections import deque

from greenlet import getcurrent

from ocoro.runtime import frames, originals
from ocoro.runtime.coroutine import NEVER, NUDGED, PARKED, RUNNING, Coroutine
from ocoro.runtime.env import NO_THREADS_AT_THE_END
from ocoro.runtime.layout import EVENT_SIZE, WAIT
from ocoro.runtime.poller import make_poller
from ocoro.runtime.recorder import NO_FD, Recorder, pack_event
from ocoro.runtime.tally import Site, Tally, innermost
from ocoro.runtime.threadstate import IS_CARRIED_IN_C, Kept, end, is_anything, switch, with_tracing
from ocoro.runtime.timers import Timers

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ocoro.runtime.poller import Poller

OTHER_THREAD = -1  # as a waker
_POLITE = 0.0001  # seconds; who has run for so long gives way at a call that need not wait, if others are ready

collects = gc.isenabled
collect_no_more = gc.disable
collect_again = gc.enable
monotonic = originals.monotonic


class Switching:
    """The state of the scheduler, and what coroutines and other threads call. Slots, as every switch reads several."""

    __slots__ = (
        "asked",
        "asks_again",
        "astray",
        "buried",
        "carriers",
        "coroutines",
        "current",
        "dead",
        "deputies",
        "dozing",
        "epoll_fd",
        "forks",
        "helpers",
        "helping",
        "home",
        "hub",
        "inbox",
        "keeps_garbage",
        "main",
        "main_has_ended",
        "monitor",
        "native_home",
        "noticed",
        "on_end",
        "outside",
        "overdue",
        "overrun",
        "overrun_at",
        "polled_at",
        "poller",
        "ready",
        "recorder",
        "rescued",
        "resting",
        "run_handlers",
        "signals",
        "sleeping",
        "start_monitor",
        "still_since",
        "switched_at",
        "timers",
        "turn",
        "wake_fd",
        "watch_signals",
        "when_asked",
        "when_still",
    )

    def __init__(self, poller: Poller | None = None, recorder: Recorder | None = None) -> None:
        self.poller: Poller = poller or make_poller()
        self.epoll_fd, self.wake_fd = self.poller.epoll_fd, self.poller.signal_fd
        self.recorder = recorder or Recorder()
        self.timers = Timers()
        self.ready: deque[Coroutine] = deque()  # or what stands in its place, see `exchange_ready`
        self.overrun: deque[Coroutine] = deque()  # whose time slice was over; ready, but behind the others
        self.overrun_at = 0.0  # when the next of them has its turn at the latest
        self.inbox: deque[tuple[Coroutine, int]] = deque()  # unparked by other threads, by serial
        self.signals = frames.pending
        self.run_handlers: Callable[[], None] = lambda: None
        self.start_monitor: Callable[[], None] = lambda: None
        self.watch_signals: Callable[[], None] = lambda: None  # the poller has a new fd for the C signal handler
        self.when_still: Callable[[], float] | None = None  # no timer runs: says how long to sleep all the same
        self.when_asked: Callable[[Any], None] = lambda frame: None  # somebody asks from outside what all do
        self.noticed: list[tuple[int, int]] = []  # events of the poller that were taken from it and are left to the hub
        self.sleeping = False  # the hub is in the poller, or about to be
        self.polled_at = 0.0  # when the hub last began to poll
        self.still_since = 0.0  # when the hub last fell asleep without a timer
        self.switched_at = 0.0  # time of the latest switch
        self.turn = 0.0  # when the hub has its next turn at the latest
        self.home = originals.get_ident()
        self.native_home = originals.get_native_id()  # what the kernel calls it
        self.main = Coroutine(getcurrent())
        self.main.ident = self.home
        self.main.number = 1
        self.main.started_at = originals.monotonic()
        self.main_has_ended = False  # and the interpreter takes no more threads
        self.hub = Coroutine(None)
        self.current = self.main
        self.monitor: Any = None  # preempts; made when there is somebody to preempt for
        self.helpers: set[int] = set()  # identities of the real threads that are ours
        self.helping: set[object] = set()  # one for each, from the moment on that it is asked for
        self.outside = 0  # waits that end by the work of a helper
        self.deputies: dict[int, Any] = {}  # those that pass for a coroutine -> it, and its Holder
        self.asked = False  # the monitor has asked for the thread
        self.asks_again = False  # it has asked more than once: its handler may be called when all is done
        self.rescued = 0  # the instruction whose system call the monitor has interrupted, until that is known here
        self.overdue = False  # the time slice ended while the runtime was at work
        self.resting: Any = None  # the monitor, while it rests until the hub is awake
        self.dozing = False  # the monitor sleeps in the poller, as nobody but the current coroutine could run
        self.keeps_garbage = False  # no garbage is collected until the switch, or until `collect`
        self.coroutines: set[Coroutine] = {self.main}  # all that have not ended
        self.carriers: list[Any] = []  # greenlets whose coroutine has ended, for the next ones
        self.dead: list[Any] = []  # ended just now; what they refer to is let go by a coroutine, not in the hub
        self.recorder.dead = self.dead
        self.forks = 0  # how many lie between the process that was launched and this one
        self.buried: list[Any] = []  # those a fork left behind: never resumed, never collected
        self.forks = 0  # how many forks lie between the first process and this one
        self.astray: Callable[[BaseException], bool] = lambda error: False  # takes what a handler raised in the hub
        self.on_end: Callable[[Coroutine, BaseException | None], None] = lambda coroutine, error: None

    # -- what any thread may call ------------------------------------------------------------------------------------

    def at_home(self) -> bool:
        """Whether the calling thread is the one that carries the coroutines."""
        return originals.get_ident() == self.home

    def spawn(
        self,
        function: Callable[..., object],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
        prepare: Callable[[Coroutine], None] | None = None,
    ) -> Coroutine:
        """Make a coroutine that calls `function(*args, **kwargs)`; it runs when its turn comes.

        That may be before this returns: garbage collected meanwhile may have destructors that wait. So what the
        coroutine needs, `prepare` has to give it.
        """
        coroutine = Coroutine(self.hub.greenlet, function, args, kwargs)
        if prepare is not None:
            prepare(coroutine)
        coroutine.ready_at = monotonic()
        self.recorder.spawned(coroutine, self.current, len(self.coroutines) + 1)
        self.admit(coroutine)
        return coroutine

    def admit(self, coroutine: Coroutine) -> None:
        """Let a new coroutine run when its turn comes."""
        self.coroutines.add(coroutine)
        self.ready.append(coroutine)
        if self.sleeping or self.dozing:
            self.poller.wake()
        if self.monitor is None:
            self.start_monitor()

    def unpark(self, coroutine: Coroutine, serial: int) -> None:
        """End the wait `serial` of `coroutine`. Has no effect when that wait is over."""
        if originals.get_ident() != self.home:
            coroutine.waker = OTHER_THREAD
            self.inbox.append((coroutine, serial))
            self.turn = 0.0
            if self.sleeping or self.dozing:
                self.poller.wake()
            return
        if coroutine.serial != serial or not coroutine.parked:
            if coroutine.interrupted is not None and serial in coroutine.interrupted:
                coroutine.interrupted[serial] = True
            return
        coroutine.ready_at = monotonic()
        coroutine.waker = self.current.number
        if coroutine.parked == PARKED:
            self.ready.append(coroutine)  # else it is NUDGED and stands in the queue already
            if self.dozing:
                self.poller.wake()
        coroutine.parked = RUNNING

    def get_ident(self) -> int:
        """What `threading.get_ident` says: the coroutine's identity, elsewhere the operating-system thread's."""
        ident = originals.get_ident()
        if ident == self.home:
            return self.current.ident
        return self.deputies[ident][0].ident if ident in self.deputies else ident

    # -- what a coroutine calls --------------------------------------------------------------------------------------

    def me(self) -> Coroutine | None:
        """The coroutine that calls; None on a thread that is not the home thread, and in the hub."""
        if originals.get_ident() != self.home:
            return None
        here = getcurrent()
        if here is self.hub.greenlet:
            return None
        me = self.current
        me.greenlet = here  # perhaps a greenlet of the program's own
        return me

    def keep_garbage(self) -> None:
        """Collect no garbage until the switch that follows, or `collect`.

        Its destructors may wait. Who is about to wait, and has told a waker so, must not begin another wait before it.
        """
        if collects():
            collect_no_more()
            self.keeps_garbage = True

    def collect(self) -> None:
        """There is no wait after all."""
        if self.keeps_garbage:
            self.keeps_garbage = False
            collect_again()

    def park(self, tally: Tally, deadline: float = NEVER, fd: int = NO_FD, keeps_dead: bool = False) -> bool:
        """Suspend the current coroutine until it is unparked (True) or `deadline` has passed (False).

        `tally` and `fd` are for the recorder: the call that waits, and what for. With `keeps_dead` it is left to the
        caller to let go those who have ended.

        The caller has made sure that `me()` is somebody, has kept garbage and has told a waker `(me, me.serial)`. May
        raise what a signal handler raises, in the main coroutine only.
        """
        if collects():  # nobody was told, as there is just a deadline
            collect_no_more()
            self.keeps_garbage = True
        me = self.current
        recorder = self.recorder
        try:
            site = me.site = tally.elsewhere if recorder.places is None else tally.site(innermost(1))
            me.waker = 0
            me.expired = False
            me.deadline = deadline
            if deadline < me.alarm:
                self.timers.add(me, deadline)
            me.parked = PARKED
            if self.signals and me is self.main:
                self.nudge_main()
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
            if me.parked:
                self._run_handlers_of(me, deadline)
        except BaseException:  # interrupted, or no room on the stack: nobody who wakes it now means another wait
            me.parked = RUNNING
            me.serial += 1
            me.deadline = NEVER
            raise
        woken = not me.expired
        me.serial += 1
        me.deadline = NEVER
        ready_at = me.ready_at
        resumed_at = self.switched_at
        wait, late = ready_at - parked_at, resumed_at - ready_at
        site.waits.append(wait)
        site.lates.append(late)
        if recorder.ring is not None:
            at = recorder.at
            recorder.at = at + EVENT_SIZE if at < recorder.last else recorder.first
            me.waited += wait
            me.delayed += late
            pack_event(
                recorder.ring,
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
        if recorder.listener is not None:
            recorder.listener(site, me, parked_at, ready_at, resumed_at)
        if self.dead and not keeps_dead:
            self.dead.clear()
        if self.signals and me is self.main:
            self.run_handlers()  # may wait in turn
        return woken

    def yield_now(self, tally: Tally) -> bool:
        """Let everyone else who is ready run first. Returns False, at once, where `me()` would be nobody."""
        me = self.current
        if me.greenlet in (None, self.hub.greenlet) or (getcurrent() is not me.greenlet and self.me() is None):
            return False
        late = self._let_run()  # before a look at the list, which is another one after a fold
        tally.elsewhere.lates.append(late)  # and no wait: the recorder counts that as one of zero length
        return True

    def _let_run(self) -> float:
        """Stand at the end of the ready queue, and switch. Returns for how long nobody came back to us; seconds."""
        me = self.current
        left_at = self.switched_at = monotonic()
        me.yields = True
        try:
            if not IS_CARRIED_IN_C and is_anything():
                self.keep_garbage()
                self._switch_carrying(self.ready)
            else:
                self.ready.append(me)
                successor = self.current = self.ready.popleft() if left_at < self.turn else self.hub
                if IS_CARRIED_IN_C:
                    switch(successor.greenlet)
                else:
                    successor.greenlet.switch()  # type: ignore[union-attr]
        finally:
            me.yields = False
        late = self.switched_at - left_at
        me.delayed += late
        if self.dead:
            self.dead.clear()
        if self.signals and me is self.main:
            self.run_handlers()
        return late

    @frames.hidden
    def checkpoint(self, least: float = 0.0) -> None:
        """Let others run if it is time: before a call of a hook that may turn out not to wait.

        Under python such a call gives up the interpreter's lock. Without this, who makes one after the other would keep
        all others out for a whole time slice: who polls what is ready, reads what is full, or tries again and again. It
        is time when the hub's turn is due, and when others are ready and the caller has run for `_POLITE`.

        Not before the caller has run for `least` seconds: `print` on an unbuffered stream writes a line in pieces, and
        these seldom come apart under python.

        Nothing has been taken yet, so the caller may be left by an exception here, as in a wait. Does nothing in the
        hub and on a thread that is not the home thread.
        """
        if len(self.coroutines) == 1:
            return
        now = monotonic()
        if now < self.switched_at + least or (now < self.turn and (not self.ready or now < self.switched_at + _POLITE)):
            return
        if self.recorder.opening or self.me() is None:
            return
        try:
            self._let_run()
        except BaseException as error:
            error.__traceback__ = frames.without_ours(error.__traceback__)
            raise

    def give_way(self, site: Site) -> None:
        """Let others run, after a whole time slice: first those who are ready, or will be when the hub has looked.

        `site` is where it was computed.
        """
        me = self.current
        self.keep_garbage()
        self.turn = 0.0
        left_at = self.switched_at = monotonic()
        self._switch_carrying(self.overrun if type(self.ready) is deque else self.ready)
        late = self.switched_at - left_at
        site.lates.append(late)
        me.delayed += late
        if self.dead:
            self.dead.clear()
        if self.signals and me is self.main:
            self.run_handlers()

    def exchange_ready(self, queue: Any) -> None:
        """Have `queue` in the place of the ready queue from now on; it sees to those who stand in the old one."""
        self.ready = queue
        self.turn = 0.0  # makes the hub look at it

    def _switch_carrying(self, queue: deque[Coroutine] | None = None) -> None:
        """Switch with everything put aside that the interpreter keeps per thread and greenlet does not switch.

        The current coroutine stands in `queue` meanwhile, if it is not parked. It enters that, and the next one leaves
        the ready queue, when nothing more can fail for want of room on the stack.
        """
        if IS_CARRIED_IN_C:
            self._switch_from(queue)
            return
        kept = Kept()
        try:
            kept.unset()
            with_tracing(self._switch_from, (queue,))
        finally:
            kept.set()

    def _switch_from(self, queue: deque[Coroutine] | None) -> None:
        """The end of `_switch_carrying`. After the choice of a successor nothing is made: garbage is collected."""
        originals.get_ident()  # fails where the switch would, for want of room on the stack
        self.collect()
        if queue is not None:
            queue.append(self.current)
        successor = self.current = self.ready.popleft() if self.ready and self.switched_at < self.turn else self.hub
        if IS_CARRIED_IN_C:
            switch(successor.greenlet)
        else:
            successor.greenlet.switch()  # type: ignore[union-attr]

    def retire(self) -> None:
        """The program is over: nothing is suspended any more, no other coroutine runs again.

        From here on `current` has no greenlet, and nobody asks greenlet for one: it raises RuntimeError (since 3.5.1)
        while the interpreter is finalised, where destructors wait like anybody else.
        """
        if self.sleeping:  # a signal ends the program
            self.recorder.idle += monotonic() - self.polled_at
        self.home = 0
        self.current.greenlet = None
        end()
        self.main_has_ended = self.main_has_ended or NO_THREADS_AT_THE_END
        if self.monitor is not None:
            self.monitor.stop()

    # -- signals: handlers run in the main coroutine -----------------------------------------------------------------

    def nudge_main(self) -> None:
        """Make the main coroutine run its pending signal handlers soon, even in the middle of a wait."""
        main = self.main
        if main.parked == PARKED and not main.deaf:
            main.parked = NUDGED
            self.ready.append(main)
        self.turn = 0.0
        if self.sleeping or self.dozing:
            self.poller.wake()

    def _run_handlers_of(self, me: Coroutine, deadline: float) -> None:
        """In main, woken for signals: run the handlers, then go on with the rest of the wait (PEP 475)."""
        serial, site = me.serial, me.site
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
                raise
            woken = me.interrupted.pop(serial)
            latest, me.serial = me.serial, serial
            me.site = site
            me.expired = False
            if woken:
                me.ready_at = monotonic()
            else:
                me.deadline = deadline
                if deadline < me.alarm:
                    self.timers.add(me, deadline)
                me.parked = PARKED
                if self.signals:  # come since the handlers have run
                    self.nudge_main()
                self.switched_at = monotonic()
                try:
                    self._switch_carrying()
                except BaseException:
                    me.serial = latest
                    raise
            me.serial, serial = max(latest, me.serial), me.serial
