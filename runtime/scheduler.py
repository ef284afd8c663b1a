"""The scheduler: the hub's loop, the start and the end of coroutines, and what a fork does to them.

The hub, a greenlet of its own, gets its turn when nobody is ready and at least every `_TURN` seconds of switching. It
polls, looks at the timers, and starts new coroutines: a greenlet inherits the recursion depth of who starts it, and the
hub's is small and constant. Nothing of the program's runs in the hub, as nobody could wake it if that had to wait.
"""

from __future__ import annotations

import gc

from greenlet import getcurrent, greenlet

from ocoro.runtime import frames, originals
from ocoro.runtime.coroutine import NEVER, PARKED, RUNNING, Coroutine
from ocoro.runtime.fds import FdWaits
from ocoro.runtime.switching import monotonic
from ocoro.runtime.threadstate import begin_thread, end_thread
from ocoro.runtime.timers import Timers

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from typing import Any

    from ocoro.runtime.poller import Poller
    from ocoro.runtime.recorder import Recorder

_TURN = 0.0005  # seconds of switching after which the hub looks at fds and timers again
_NAP = 0.006  # seconds; a short sleep after which the recording is brought up to date
_STILL = 0.5  # seconds; a sleep after which somebody looks whether it can end at all
_SHARE = 0.02  # seconds; so often one who computes has a turn even if the others always have something to do
_CARRIERS_KEPT = 256  # idle greenlets; each holds some 20 kB
_TRIES = 10  # to do again what failed for want of memory
_EXPIRED_AT_ONCE = 64  # timers looked at in one turn, so that the first need not wait for all


class Scheduler(FdWaits):
    """One per process (see `instance`)."""

    __slots__ = ()

    def __init__(self, poller: Poller | None = None, recorder: Recorder | None = None) -> None:
        super().__init__(poller, recorder)
        self.hub = Coroutine(greenlet(self._run, getcurrent()))

    def _run(self) -> None:
        hub, ready = self.hub, self.ready
        while True:
            came = coroutine = self.current
            try:
                if coroutine is hub:
                    now = monotonic()
                    if now >= self.turn or not ready:
                        now = self._take_turn(now)
                        ready = self.ready
                    self.switched_at = now
                    coroutine = self.current = ready.popleft()
                    if coroutine.greenlet is not hub.greenlet:
                        coroutine.greenlet.switch()
                elif coroutine.greenlet is hub.greenlet:
                    self._start(coroutine)
                else:
                    self._end(coroutine)
            except BaseException as error:
                wants_memory = isinstance(error, MemoryError)
                if self.current is not hub:
                    if not wants_memory or self.current.greenlet is not hub.greenlet:  # else it is started once more
                        self.current.outcome = error  # greenlet hands it to the parent
                elif wants_memory:
                    self._mend(None if came is hub else came)
                elif not self.astray(error):
                    raise

    def _mend(self, ended: Coroutine | None) -> None:
        """There was no memory for what the hub, or the end of `ended`, had to do: do again what may have been lost.

        Whoever has no memory gets a MemoryError, as under python. The hub is nobody: without it all would hang.
        """
        for _ in range(_TRIES):
            try:
                self.sleeping = False
                self.timers.mend(self.coroutines)
                self.arm_again()
                if ended is not None:
                    self._mourn(ended, ended.outcome)
                return
            except MemoryError:
                self.turn = 0.0

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
            begin_thread()
            function, args, kwargs = coroutine.function, coroutine.args, coroutine.kwargs or {}
            coroutine.args, coroutine.kwargs = (), None
            try:
                function(*args, **kwargs)
            except BaseException as error:
                coroutine.outcome = error
            else:
                self.recorder.returned(coroutine)
                coroutine.function = None  # a thread lets go of it before anybody can know that it has ended
            coroutine = function = args = kwargs = None
            self._leave_nothing()
            if len(self.carriers) >= _CARRIERS_KEPT:
                return
            self._rest()

    def _leave_nothing(self) -> None:
        """The current coroutine ends: let go of what belongs to a thread, while destructors may still wait in it."""
        end_thread()
        getcurrent().gr_context = None

    def _rest(self) -> None:
        """Wait for another coroutine to carry, in a frame that shows: greenlet takes one with none for running.

        No garbage is collected in between: a destructor that waits would wait in a greenlet which is given away.
        """
        self.keep_garbage()
        self.carriers.append(getcurrent())
        self.hub.greenlet.switch()  # type: ignore[union-attr]

    def _end(self, coroutine: Coroutine) -> None:
        """Control came here by the end of a coroutine's greenlet, not by a switch."""
        self.current = self.hub
        self.collect()
        self.coroutines.discard(coroutine)
        self.dead.append(coroutine)
        self.recorder.ended(coroutine)
        self.timers.forget(coroutine)
        if coroutine is self.main:
            originals.exit_now(0)  # a thread forked and was all there is of the child; it has returned
        error, coroutine.outcome = coroutine.outcome, None
        if error is None and not coroutine.locals:
            self.hub.number = coroutine.number  # in whose name it wakes those who wait for the end
            self.on_end(coroutine, None)
            self.hub.number = 0
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
        self.admit(Coroutine(self.hub.greenlet, mourn))

    def _take_turn(self, now: float) -> float:
        """Poll until somebody is ready; returns the time.

        Without garbage collection: a destructor that waits would wait in the hub, for which nobody could wake it.
        """
        collecting = gc.isenabled()
        if collecting:
            gc.disable()
        try:
            now = self._poll(now)
            while not self.ready:
                now = self._poll(now)
        finally:
            if collecting:
                gc.enable()
        return now

    def _poll(self, now: float) -> float:
        """Take in what has become ready, sleeping if nobody is ready before that; returns the time afterwards."""
        if self.heirs:
            self.drop_heirs()
        self.sleeping = True
        self.polled_at = now
        if self.ready or self.inbox or self.overrun or self.noticed:
            timeout = 0.0
        else:
            timeout = max(0.0, self.timers.next_due() - now)
            if timeout > _NAP and (not self.recorder.asleep or self.switched_at > self.recorder.slept_at):
                timeout = self._before_sleep(now, timeout)
            if timeout == NEVER and self.when_still is not None:
                timeout = self._without_end(now)
        try:
            events = self.poller.wait(timeout)
        except (OSError, ValueError):
            events = self._reopen()
        self.sleeping = False
        if self.resting is not None:
            monitor, self.resting = self.resting, None
            monitor.wake()
        after = monotonic()
        self.turn = after + _TURN
        if timeout:
            self.recorder.idle += after - now
        ready = self.ready
        if self.noticed:
            events = self.noticed + events
            self.noticed.clear()
        after = self.take_in(events, after)
        while self.inbox:
            self.unpark(*self.inbox[0])  # which may fail for want of memory
            self.inbox.popleft()
            after = monotonic()
        if self.timers.next_due() <= after:
            for coroutine in self.timers.expire(after, _EXPIRED_AT_ONCE):
                coroutine.expired = True
                coroutine.ready_at = max(coroutine.deadline, coroutine.parked_at)
                if coroutine.parked == PARKED:
                    ready.append(coroutine)
                coroutine.parked = RUNNING
        if self.overrun and (not ready or after >= self.overrun_at):
            ready.append(self.overrun.popleft())
            self.overrun_at = after + _SHARE
        if self.recorder.is_due(after):
            self.recorder.fold(after, self.coroutines)
        if self.recorder.is_asked():
            self.when_asked(None)
        if self.dozing and ready:  # now: what would have woken it before, this poll may have taken
            self.poller.wake()
        return after

    def _before_sleep(self, now: float, timeout: float) -> float:
        """Bring the recording up to date before a long sleep, and say in it that the hub sleeps; returns how long to.

        What was brought up to date just now, or takes long, is left for later: the sleep is a short one then. A sleep
        that ends without a switch (an old deadline, the wake-up pipe) is followed by another, of which it is said anew.
        """
        recorder = self.recorder
        if now < recorder.fold_at and self.switched_at > recorder.folded_at:
            return min(timeout, max(_NAP, recorder.fold_at - now))
        recorder.fold(now, self.coroutines, asleep=True)
        if recorder.is_behind(self.switched_at):
            return min(timeout, max(_NAP, recorder.due_at() - now))
        recorder.slept_at = now
        return timeout

    def _without_end(self, now: float) -> float:
        """How long to sleep if no timer ends it: for a while, and if nothing happens, as those who look then say."""
        if self.switched_at > self.still_since:
            self.still_since = now
            return _STILL
        return self.when_still()  # type: ignore[misc]

    def after_fork_in_child(self) -> None:
        """Only the forking coroutine goes on, as a thread would; the rest is neither run nor collected."""
        self.forks += 1
        if not self.home:  # retired, and the child with it
            return
        others = self.coroutines
        self.buried.append((others, list(self.ready), list(self.overrun), self.timers, self.hub, self.main))
        if originals.get_ident() != self.home:
            self._adopt_thread()
        self.native_home = originals.get_native_id()
        me = self.main = self.current
        me.alarm = NEVER
        self.coroutines = {me}
        self.timers = Timers()
        for _, heir in [self.heirs.pop(each) for each in list(self.heirs) if each is not me]:
            originals.close(heir)  # and no more: the epoll is the parent's, too
        self.choosing &= {me}
        self.ready.clear()
        self.overrun.clear()

        # Locks, queues and promises still name the others as their waiters: nobody who wakes them may reach them.
        for each in others:
            if each is not me:
                each.bury()

        self.noticed.clear()
        self.signals.clear()
        self.sleeping = False
        self.resting, self.dozing = None, False
        self.asked = False  # what the monitor has asked for is not passed on to a child
        self.rescued = 0
        if self.monitor is not None:
            self.monitor.close()
        self.monitor = None
        self.helpers.clear()
        self.helping.clear()
        self.outside = 0
        self.deputies.clear()
        me.deaf = False
        self.turn = 0.0
        self.poller.close()
        self.renew_poller()

        # A signal handler may have forked, in the middle of a wait that is still to be ended.
        for coroutine, serial in [entry for entry in self.inbox if entry[0] is me]:
            self.unpark(coroutine, serial)
        self.inbox.clear()
        self.keep_fds_of(me)

        me.number, me.slot = 1, None
        me.started_at = monotonic()
        me.waited = me.delayed = 0.0
        self.recorder.after_fork_in_child()

    def _adopt_thread(self) -> None:
        """In the child of a fork made on a thread that carried no coroutines: it does from now on."""
        self.buried.append(self.carriers)
        self.carriers = []
        self.home = originals.get_ident()
        me = self.current = Coroutine(getcurrent())
        me.ident = self.home
        if self.home in self.deputies:  # it passed for a coroutine, and still does
            deputised, me.locals = self.deputies[self.home]
            me.ident = deputised.ident
        self.hub = Coroutine(greenlet(self._run, getcurrent()))
