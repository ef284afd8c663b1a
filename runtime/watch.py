"""The stall watch: sees, while it happens, that a call holds the thread though others could run.

The monitor asks the interpreter to be called between two bytecodes. Code of Python answers at once; a call into C does
so when it is over. So a call that has not answered for long holds the thread, whether it computes or waits. One that
also keeps the interpreter's lock is seen when it gives that up: the monitor could not look meanwhile, and the thread
has computed all the time.

A thread that the kernel does not let run, as it is stopped or short of a core, holds up nobody: of it only the time
counts that it has computed.
"""

from __future__ import annotations

from ocoro.runtime import originals
from ocoro.runtime.coroutine import NEVER, PARKED
from ocoro.runtime.instance import scheduler
from ocoro.runtime.poller import ANY
from ocoro.runtime.proc import ProcFile
from ocoro.runtime.standing import home_frame, places

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from collections.abc import Callable

    from ocoro.runtime.coroutine import Coroutine

_STEPS = 4  # looks at the least before a call counts as a stall
_SHORTEST = 0.001  # seconds between two looks
_ALL = 0.9  # share of a time from which on the thread has computed all the time
_LONG = 5.0  # seconds that a call waits before it is told that it may never end
_CAP = 2  # a look that comes late, as after a stop, counts as so many


class Stall:
    """What is known of one: who, since when (seconds of our clock), where, and how many others could run."""

    def __init__(self, begin: float, lasted: float, is_over: bool) -> None:
        self.coroutine: Coroutine = scheduler.current
        self.begin = begin
        self.lasted = lasted
        self.is_over = is_over
        self.held_up = 0
        # No frame is kept: it would outlive its call here, and its variables would be destroyed in our thread.
        self.places = list(places(home_frame()))  # innermost first


class Watch:
    """Looks once per step of the monitor. `tell` is called once for each stall, `limit` seconds after its begin.

    `tell_endless` is called for one that has waited in the kernel for `_LONG` seconds, or `limit` if that is more: what
    would end the wait may be somebody whom it holds up.
    """

    def __init__(
        self, limit: float, step: float, tell: Callable[[Stall], None], tell_endless: Callable[[Stall], None]
    ) -> None:
        self._limit, self._step, self._tell, self._tell_endless = limit, step, tell, tell_endless
        self._clock = originals.pthread_getcpuclockid(scheduler.home)
        self.file = ProcFile(f"/proc/self/task/{scheduler.native_home}/stat")
        self.begin()

    def begin(self, since: float = NEVER) -> None:
        """Look afresh, after a rest. If that ended at `since`, the thread is taken to have computed from then on."""
        now = originals.monotonic()
        self._looked_at = min(since, now)
        self._computed = originals.clock_gettime(self._clock) - (now - self._looked_at)
        self._end()

    def _end(self) -> None:
        """There is no stall, or no more."""
        self._begin = self._lasted = self._waited = 0.0
        self._told = self._told_endless = False

    def look(self, is_silent: bool) -> None:
        """One step later; `is_silent` says that the same coroutine has not answered since the last one."""
        now, computed = originals.monotonic(), originals.clock_gettime(self._clock)
        step, busy = now - self._looked_at, computed - self._computed
        if step > self._limit + self._step and busy >= self._limit:
            self._tell_if_it_matters(now, max(self._looked_at, scheduler.switched_at), self._tell, is_over=True)
        if not is_silent:
            self._end()
        else:
            self._begin = self._begin or self._looked_at
            if busy > _ALL * step or self._wants_to_run():
                self._lasted += busy
            else:
                self._lasted += min(step, _CAP * self._step)
                self._waited += min(step, _CAP * self._step)
            if self._lasted >= self._limit and not self._told:
                self._told = self._tell_if_it_matters(now, self._begin, self._tell)
            if self._told and not self._told_endless and self._waited >= max(_LONG, self._limit):
                self._told_endless = self._tell_if_it_matters(now, self._begin, self._tell_endless)
        self._looked_at, self._computed = now, computed

    def _wants_to_run(self) -> bool:
        """Whether the home thread is stopped, or waits for nothing but a core (proc(5), stat)."""
        state = self.file.read().rpartition(b") ")[2][:1]
        return not state or state in (b"R", b"T", b"t")

    def _tell_if_it_matters(
        self, now: float, begin: float, tell: Callable[[Stall], None], is_over: bool = False
    ) -> bool:
        """Tell, unless nobody is held up or the coroutine had the thread for too short a time."""
        if scheduler.current is scheduler.hub or now - begin < self._limit:
            return False
        stall = Stall(begin, now - begin, is_over)  # first, as the thread may go on while we look at the others
        stall.held_up = held_up(now)
        if stall.held_up:
            tell(stall)
        return stall.held_up > 0


def step(limit: float, longest: float) -> float:
    """Seconds between two looks, at most `longest`, to see a stall of `limit` seconds."""
    return min(longest, max(limit / _STEPS, _SHORTEST))


def held_up(now: float) -> int:
    """How many coroutines are ready, or would be if the hub looked: due, or with a ready fd. From any thread."""
    count = len(scheduler.ready) + len(scheduler.overrun) + len(scheduler.inbox)
    if scheduler.timers.next_due() > now and not scheduler.poller.has_events():
        return count
    could = {each for each in list(scheduler.coroutines) if each.parked == PARKED and each.deadline <= now}
    return count + len(could.union(_with_ready_fd()))


def _with_ready_fd() -> list[Coroutine]:
    """Who waits for an fd that is ready; one for each direction, as they are told one by one."""
    poll = originals.poll()
    waited = dict(list(scheduler.fds.items()))
    for fd, waiters in waited.items():
        events = waiters.events() & ANY
        if events:
            poll.register(fd, events)
    first = [waiter for fd, events in poll.poll(0) for waiter in waited[fd].first(events)]
    return [coroutine for coroutine, serial in first if coroutine.serial == serial]
