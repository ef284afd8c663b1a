"""Locks for coroutines and operating-system threads alike.

Replaces `_thread.lock` and `_thread.RLock`, whose C code would park the whole thread (and, from Python 3.13, queues on
a semaphore in the C stack, which greenlet moves away). A free lock is a flag; whoever finds it held queues up as a
`Waiter`. A release frees the lock and wakes the first in the queue; one that somebody overtook on its way to the lock
goes back to the head and is handed the lock next time, so nobody starves (CPython 3.13's locks do likewise). Whoever a
fork has left behind still stands in the queues of the child, which pass it over.

# Invariant: whoever finds the lock held is in the queue before it looks a second time. Test and assignment of `_held`
# are atomic (see scheduler), and so is a look at `_waiters` followed by an assignment.
"""

from __future__ import annotations

from greenlet import getcurrent

from ocoro.runtime import originals
from ocoro.runtime.acceleration import fast
from ocoro.runtime.coroutine import BURIED, NEVER, Coroutine
from ocoro.runtime.errors import Cancelled
from ocoro.runtime.frames import guarded, hidden, pending, without_ours
from ocoro.runtime.instance import is_accelerated, scheduler
from ocoro.runtime.recorder import NO_FD
from ocoro.runtime.tally import Tally

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from typing import Any, NoReturn


_lock_tally = scheduler.recorder.tally("lock")
_native_ident = originals.get_ident
park = scheduler.park
NOBODY: Any = ()  # the queue of a lock that nobody ever waited for


class Waiter:
    """One coroutine or operating-system thread that waits to be chosen by another.

    In the queue of a lock a coroutine stands for itself; only the main one, which may wait again in a signal handler in
    the middle of a wait, and foreign threads have one of these.

    It is made before anybody is told of it, and just before the last look whether there is anything to wait for: no
    garbage is collected from then on until it waits, or stays.
    """

    __slots__ = ("coroutine", "gate", "granted", "overtaken", "serial")

    def __init__(self, coroutine: Coroutine | None) -> None:
        self.coroutine = coroutine
        self.granted = False  # it has got the lock
        self.overtaken = False  # it was chosen before, and somebody else was quicker
        if coroutine is None:
            self.gate = originals.allocate_lock()
            self.gate.acquire()
            self.serial = scheduler.forks
        else:
            self.serial = coroutine.serial
            self.prepare()

    def prepare(self) -> None:
        """It may wait, now or once more."""
        if self.coroutine is not None:
            scheduler.keep_garbage()

    def stay(self) -> None:
        """There is no wait after all."""
        if self.coroutine is not None:
            scheduler.collect()

    def wait(self, deadline: float, tally: Tally) -> bool:
        """Return True when woken, False when `deadline` has passed."""
        if self.coroutine is not None:
            self.serial = self.coroutine.serial
            return scheduler.park(tally, deadline)
        if deadline == NEVER:
            return self.gate.acquire()
        return self.gate.acquire(True, max(0.0, deadline - originals.monotonic()))

    def wake(self) -> None:
        """End the wait; from any thread, once."""
        if self.coroutine is not None:
            scheduler.unpark(self.coroutine, self.serial)
        else:
            self.gate.release()

    def is_buried(self) -> bool:
        """Whether a fork has left it behind: in this process nobody waits there."""
        if self.coroutine is not None:
            return self.coroutine.serial == BURIED
        return self.serial != scheduler.forks


def leave(waiters: list[Any], waiter: Any) -> bool:
    """Take `waiter` out of the queue; False when somebody chose it already."""
    try:
        waiters.remove(waiter)
    except ValueError:
        return False
    return True


@guarded
def _look_around() -> None:
    """What a guard does on its way out."""


class _Base:
    __slots__ = ("__weakref__", "_held", "_waiters")
    _held: Any  # a bool, which anybody may change while we wait
    _waiters: list[Any]

    @hidden
    def __init__(self) -> None:
        self._held = False
        self._waiters = NOBODY  # a queue from the first time that somebody has to wait

    def _take(self, blocking: bool, timeout: float) -> bool:
        """`acquire` with arguments, or of a held lock."""
        if timeout != -1 or blocking is not True:
            originals.allocate_lock().acquire(blocking, timeout)  # free: it only refuses bad arguments
        if not self._held:
            self._held = True
            return True
        if not blocking or timeout == 0:
            return False
        return self._queue_up(NEVER if timeout == -1 else originals.monotonic() + timeout)

    def _queue_up(self, deadline: float) -> bool:
        """Wait in the queue until the lock is ours: True; False when `deadline` has passed."""
        if not scheduler.at_home():
            return self._stand_in_queue(deadline)
        me = scheduler.current
        before, me.awaited = me.awaited, self
        try:
            is_ours = self._stand_in_queue(deadline)
        finally:
            me.awaited = before
        if scheduler.dead:
            scheduler.dead.clear()  # not before: a destructor may stand in a queue in turn
        return is_ours

    def _stand_in_queue(self, deadline: float) -> bool:
        me = scheduler.current
        waiter: Any = me
        if me is scheduler.main or me.greenlet in (None, scheduler.hub.greenlet) or getcurrent() is not me.greenlet:
            waiter = Waiter(scheduler.me())
        if self._waiters is NOBODY:
            self._waiters = []
        waiters = self._waiters
        is_foreign = waiter is not me and waiter.coroutine is None
        if not is_foreign:
            scheduler.keep_garbage()
        waiter.granted = waiter.overtaken = False
        waiters.append(waiter)
        while True:
            if not self._held:
                self._held = True
                leave(waiters, waiter)
                if not is_foreign:
                    scheduler.collect()
                return True
            try:
                in_time = (
                    park(_lock_tally, deadline, NO_FD, True) if waiter is me else waiter.wait(deadline, _lock_tally)
                )
            except BaseException:  # from a signal handler
                self._give_up(waiter)
                raise
            if waiter.granted:
                return True
            if not self._held:
                self._held = True
                if not in_time:
                    leave(waiters, waiter)
                return True
            if not in_time:
                leave(waiters, waiter)
                return False
            if not is_foreign:
                scheduler.keep_garbage()
            if waiter not in waiters:
                waiter.overtaken = True
                waiters.insert(0, waiter)

    def _give_up(self, waiter: Any) -> None:
        """Leave for good; if the lock was meant for us, the next one gets it."""
        if waiter.granted:
            self._free()
        elif waiter in self._waiters:
            self._waiters.remove(waiter)  # not by `leave`: there may be hardly any room on the stack
        elif self._waiters and not self._held:
            self._held = True
            self._free()

    def _free(self) -> None:
        """Give the lock up and wake the first who waits; one that was overtaken before gets it handed over."""
        while True:
            if not self._waiters:
                self._held = False
                return
            try:
                waiter = self._waiters.pop(0)
            except IndexError:
                continue  # the last one gave up just now
            is_coroutine = type(waiter) is Coroutine
            if waiter.serial == BURIED if is_coroutine else waiter.is_buried():
                continue
            if waiter.overtaken:
                waiter.granted = True
            else:
                self._held = False
            if is_coroutine:
                scheduler.unpark(waiter, waiter.serial)
            else:
                waiter.wake()
            return

    def _take_back(self, error: Cancelled) -> None:
        """A condition takes its lock again after a wait, also if cancelled meanwhile, and is left in its next wait."""
        late = [error]
        while True:
            try:
                self._queue_up(NEVER)
            except Cancelled as another:
                late.append(another)
            else:
                scheduler.current.task.put_off(late)
                return

    # Nothing is raised on the way out: `with` would be left before its block, an RLock before it has its owner.
    _take = guarded(_take, returns_first=True)
    _wait = guarded(_queue_up, returns_first=True)

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"cannot pickle '_thread.{type(self).__name__}' object")


class Lock(_Base):
    """`_thread.lock`: one at a time; anybody may release it."""

    __slots__ = ()

    @hidden
    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Take the lock; with `blocking` wait for it, at most `timeout` seconds unless that is -1."""
        if timeout == -1:
            if not self._held:
                self._held = True
                return True
            if not blocking:
                return False
            try:
                has_it = self._queue_up(NEVER)
            except BaseException as error:
                error.__traceback__ = without_ours(error.__traceback__)
                raise
        else:
            has_it = self._take(blocking, timeout)
        if pending:
            _look_around()
        return has_it

    @hidden
    def __enter__(self) -> bool:
        if not self._held:
            self._held = True
            return True
        return self._wait(NEVER)

    @hidden
    def release(self) -> None:
        """Free the lock. Raises RuntimeError when it is not held."""
        if not self._held:
            raise RuntimeError("release unlocked lock")
        if not self._waiters:
            self._held = False
            return
        self._free()

    @hidden
    def __exit__(self, *how: object) -> None:
        if not self._held:
            raise RuntimeError("release unlocked lock")
        if not self._waiters:
            self._held = False
            return
        self._free()

    @hidden
    def locked(self) -> bool:
        """Whether somebody holds the lock."""
        held: bool = self._held
        return held

    _is_owned = locked  # this and the next two save threading.Condition its own, slower ways

    @hidden
    def _release_save(self) -> None:
        if not self._held:
            raise RuntimeError("release unlocked lock")
        if not self._waiters:
            self._held = False
            return
        self._free()

    @hidden
    def _acquire_restore(self, state: None) -> None:
        if not self._held:
            self._held = True
        else:
            try:
                self._wait(NEVER)
            except Cancelled as error:
                self._take_back(error)

    acquire_lock = acquire
    release_lock = release
    locked_lock = locked

    def _at_fork_reinit(self) -> None:
        self._held = False
        self._waiters = NOBODY

    def __repr__(self) -> str:
        return f"<{'locked' if self._held else 'unlocked'} _thread.lock object at {id(self):#x}>"


def make_lock(kind: type[Lock] = Lock) -> Lock:
    """A free lock, also where `Lock` refuses to be called, as the C type does before 3.13."""
    lock = object.__new__(kind)
    lock._held = False
    lock._waiters = NOBODY
    return lock


class RLock(_Base):
    """`_thread.RLock`: its owner may take it again; only the owner may release it."""

    __slots__ = ("_count", "_owner")

    @hidden
    def __init__(self, *args: object, **kwargs: object) -> None:
        self._held = False
        self._waiters = NOBODY
        self._owner = 0
        self._count = 0

    @hidden
    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Take the lock once more; with `blocking` wait for it, at most `timeout` seconds unless that is -1."""
        me = _native_ident()
        if me == scheduler.home:
            me = scheduler.current.ident
        elif me in scheduler.deputies:
            me = scheduler.deputies[me][0].ident
        if self._owner == me:
            if timeout != -1 or blocking is not True:
                originals.allocate_lock().acquire(blocking, timeout)
            self._count += 1
            return True
        if timeout == -1 and not self._held:
            self._held = True
        elif not self._take(blocking, timeout):
            return False
        self._owner = me
        self._count = 1
        return True

    __enter__ = acquire

    @hidden
    def release(self) -> None:
        """Undo one `acquire`. Raises RuntimeError when the caller does not hold the lock."""
        me = _native_ident()
        if me == scheduler.home:
            me = scheduler.current.ident
        elif me in scheduler.deputies:
            me = scheduler.deputies[me][0].ident
        if self._owner != me:
            raise RuntimeError("cannot release un-acquired lock")
        if self._count > 1:
            self._count -= 1
            return
        self._owner = self._count = 0
        if not self._waiters:
            self._held = False
        else:
            self._free()

    @hidden
    def __exit__(self, *how: object) -> None:
        self.release()

    @hidden
    def _is_owned(self) -> bool:
        return self._owner == scheduler.get_ident()

    def _recursion_count(self) -> int:
        return self._count if self._is_owned() else 0

    @hidden
    def _release_save(self) -> tuple[int, int]:
        """Release however often it was taken; returns what `_acquire_restore` wants (threading.Condition)."""
        if not self._held:
            raise RuntimeError("cannot release un-acquired lock")
        state = self._count, self._owner
        self._owner = self._count = 0
        if not self._waiters:
            self._held = False
        else:
            self._free()
        return state

    @hidden
    def _acquire_restore(self, state: tuple[int, int]) -> None:
        if not self._held:
            self._held = True
        else:
            try:
                self._wait(NEVER)
            except Cancelled as error:
                self._take_back(error)
        self._count, self._owner = state

    def _at_fork_reinit(self) -> None:
        self._held = False
        self._waiters = NOBODY
        self._owner = self._count = 0

    def __repr__(self) -> str:
        state = "locked" if self._held else "unlocked"
        return f"<{state} _thread.RLock object owner={self._owner} count={self._count} at {id(self):#x}>"


for _kind, _name in ((Lock, "lock"), (RLock, "RLock")):
    _kind.__module__, _kind.__name__, _kind.__qualname__ = "_thread", _name, _name

if is_accelerated:
    fast.serve_locks(Lock, RLock, Waiter, _lock_tally, NOBODY, type(originals.allocate_lock()), originals.rlock)
