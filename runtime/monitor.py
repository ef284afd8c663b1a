"""Preemption: a real thread that looks, about once per time slice, whether a coroutine has run for as long.

If so it raises a signal number of our own inside the interpreter (`_thread.interrupt_main`), whose Python handler lets
the others run. No signal is sent by the kernel, so no system call is ever interrupted. The handler runs between two
bytecodes of whatever is interrupted; where that is our own code, the others run when it is left.

It also sees who blocks the thread: a coroutine that has not switched for a time slice, without computing meanwhile. And
it has the stall watch look (see `watch`), and what rescues the others from a call without a hook (see `rescue`).

The thread starts with the second coroutine and rests while the hub sleeps. While nobody but the current coroutine could
run it dozes in the poller: each look costs that coroutine the interpreter's lock, and so some 0.1 ms.
"""

from __future__ import annotations

from ocoro.runtime import helpers, originals
from ocoro.runtime.frames import theirs
from ocoro.runtime.instance import scheduler
from ocoro.runtime.proc import ProcFile
from ocoro.runtime.standing import home_frame
from ocoro.runtime.watch import Watch, step

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ocoro.runtime.watch import Stall

_SLEEPS = 0.5  # share of a time slice from which on it counts as slept
_USUAL_STALL = 0.1  # seconds; how often to look where stalls are not told
_HAND_OVER = 0.005  # seconds; sys.getswitchinterval()
_DOZE = 0.25  # seconds; so often it looks at one who computes and holds up nobody, for what is recorded of him
_PATIENCE = 20  # looks after which it asks again
SIGNAL = 63  # SIGRTMAX - 1: above all that programs use, as CPython runs pending handlers in ascending order


class Limits:
    """How long a coroutine may keep the others from running; set at boot. Seconds."""

    def __init__(self) -> None:
        self.slice = 0.01
        self.preempts = True  # else it is only looked for who holds the thread
        self.stall = 0.0  # from which time on a call that holds the thread is told; 0: never
        self.tell: Callable[[Stall], None] = lambda stall: None  # in the monitor's thread
        self.tell_endless: Callable[[Stall], None] = lambda stall: None  # of one that waits for long, too
        self.rescuer: Callable[[], Any] | None = None  # makes what interrupts system calls, see `rescue`

    def is_over(self) -> bool:
        """Whether the current coroutine has had the thread for a time slice, and is to let the others run."""
        return self.preempts and originals.monotonic() - scheduler.switched_at >= self.slice


limits = Limits()


class Blocked:
    """The thread blocked in a call: from when on, where, and how many others were ready meanwhile."""

    def __init__(self) -> None:
        self.file = ProcFile(f"/proc/self/task/{scheduler.native_home}/schedstat")
        self._looked_at = self._busy = 0.0
        self._begin = 0.0  # 0 while there is none
        self._end = 0.0
        self._ready = 0
        self._where: Any = None

    def look(self, same: bool) -> None:
        """Once per time slice: whether the same coroutine still has the thread, and has let it sleep."""
        now, busy = originals.monotonic(), self._processor_time()
        slept = now - self._looked_at - (busy - self._busy)
        if same and slept > _SLEEPS * (now - self._looked_at):
            self._begin = self._begin or self._looked_at
            self._end = now
            ready = len(scheduler.ready) + len(scheduler.overrun) + scheduler.timers.count_due(now)
            self._ready = max(self._ready, ready)
            self._where = self._where or self._place()
            scheduler.recorder.holds(self._begin, now)
        else:
            self.end()
        self._looked_at, self._busy = now, busy

    def end(self) -> None:
        """Report the call, if there was one: the home thread takes it in with its next fold."""
        if self._begin:
            if self._where is not None:
                scheduler.recorder.reports.append((*self._where, self._begin, self._end, self._ready))
            self._begin, self._ready, self._where = 0.0, 0, None

    def _place(self) -> Any:
        """Who, and the frame's code, instruction and line; None where no code of the program runs."""
        frame = theirs(home_frame())
        return frame and (scheduler.current.number, frame.f_code, frame.f_lasti, frame.f_lineno or 0)

    def _processor_time(self) -> float:
        """Seconds that the home thread has computed, or could have if it had been given a core."""
        scheduled = self.file.scheduled()
        return originals.monotonic() if scheduled is None else sum(scheduled) / 1e9


class Monitor:
    """One per process, and one anew in the child of a fork.

    # Invariant: one that was stopped says nothing of itself to the scheduler, which may have another one by then. Its
    # thread is left to end by itself.
    """

    def __init__(self) -> None:
        self._gate = originals.allocate_lock()  # shut while it rests
        self._gate.acquire()
        self._stopped = False
        self._pace = step(limits.stall or _USUAL_STALL, limits.slice)
        self._watch = Watch(limits.stall, self._pace, limits.tell, limits.tell_endless) if limits.stall else None
        self._rescue = limits.rescuer() if limits.rescuer is not None and limits.preempts else None
        self._blocked = Blocked()
        self._unheeded = 0  # looks since it has asked
        self._unanswered = 0  # looks since somebody asks from outside

    def start(self) -> None:
        """Begin to look; without threads to be had, nothing is preempted."""
        if scheduler.monitor is not None:  # a destructor, or another thread, was quicker
            self.close()
            return
        scheduler.monitor = self
        try:
            helpers.start(self._run)
        except (RuntimeError, MemoryError):
            scheduler.monitor = None
            self.close()
            return
        scheduler.switched_at = originals.monotonic()  # a time slice begins: until now there was nobody else

    def stop(self) -> None:
        """Never ask again: the interpreter is about to end, or hooks are taken out. On the home thread."""
        self._stopped = True
        scheduler.dozing = False

    def close(self) -> None:
        """When our thread has ended, and in the child of a fork, which gets a monitor of its own."""
        for each in (self._watch, self._rescue, self._blocked):
            if each is not None:
                each.file.close()

    def wake(self) -> None:
        """The hub has something to do again."""
        if self._watch is not None:
            self._watch.begin()  # here: a call that keeps the interpreter's lock may follow before our thread goes on
        self._gate.release()

    def _run(self) -> None:
        while not self._stopped:
            try:
                self._look()
            except MemoryError:  # the next look may have some
                if not self._stopped:
                    scheduler.dozing = False

    def _look(self) -> None:
        """Look again and again, until there is nothing to look at any more."""
        watch, rescue, blocked = self._watch, self._rescue, self._blocked
        seen: Any = None
        dozes = False
        while True:
            if dozes:
                self._doze()
            else:
                originals.sleep(self._nap())
            if scheduler.sleeping:
                blocked.end()
                self._rest()
            if self._stopped:
                break
            state = scheduler.current, scheduler.switched_at
            same = state == seen and state[0] is not scheduler.hub
            if scheduler.recorder.ring is not None:
                blocked.look(same)
            if watch is not None:
                watch.look(same and scheduler.asked)
            if rescue is not None:
                rescue.look(same and scheduler.asked)
            if scheduler.recorder.is_asked():
                self._have_answered()
            dozes = self._ask_if_over(same)
            seen = state
        self.close()

    def _rest(self) -> None:
        """Wait until the hub is awake. Test and assignment are atomic: the hub that slept then wakes whom it finds."""
        if scheduler.sleeping and not self._stopped:
            scheduler.resting = self
            self._gate.acquire()

    def _ask_if_over(self, same: bool) -> bool:
        """Ask for the thread if the time slice is over; True if nobody else could run, and it may doze instead.

        It asks once more if nothing comes of that: where the program has hardly any room on its stack, the handler
        fails.
        """
        if scheduler.asked:
            self._unheeded += 1
            if self._unheeded < _PATIENCE:
                return False
            scheduler.asks_again = True
        elif scheduler.current is scheduler.hub or not (limits.is_over() or (same and self._watch is not None)):
            return False
        elif _is_alone():
            return True
        self._unheeded = 0
        scheduler.asked = True
        originals.interrupt_main(SIGNAL)
        return False

    def _have_answered(self) -> None:
        """Somebody asks from outside what all do.

        The hub answers, or the home thread between two bytecodes. While it is in C code, we do: of a frame that goes on
        meanwhile the variables would be destroyed here, so not before.
        """
        if scheduler.current is scheduler.hub:
            return
        self._unanswered += 1
        if not scheduler.asked:
            self._unheeded = 0
            scheduler.asked = True
            originals.interrupt_main(SIGNAL)
        elif self._unanswered >= _PATIENCE:
            self._unanswered = 0
            scheduler.when_asked(home_frame())

    def _doze(self) -> None:
        """Sleep until somebody could run; who makes somebody ready meanwhile wakes the poller."""
        begin = originals.monotonic()
        patience = max(0.0, min(_DOZE, scheduler.timers.next_due() - begin))
        if self._stopped:
            return
        scheduler.dozing = True
        if _is_alone():
            scheduler.poller.has_events(patience)
        if not self._stopped:
            scheduler.dozing = False
        if self._watch is not None:
            self._watch.begin(begin + patience)  # later than that only who keeps the interpreter's lock lets us wake

    def _nap(self) -> float:
        """Seconds to the next look. Who computes lets us look `_HAND_OVER` later than we want to."""
        return max(self._pace - _HAND_OVER, self._pace / 2) if scheduler.asked else self._pace


def _is_alone() -> bool:
    """Whether nobody but the current coroutine could run."""
    return not (
        len(scheduler.ready)
        or scheduler.overrun
        or scheduler.inbox
        or scheduler.noticed
        or scheduler.timers.next_due() <= originals.monotonic()
        or scheduler.poller.has_events()
    )
