"""Locks: between coroutines in virtual time, between them and real threads in real time, with the manners of C's."""

import _thread
import gc
import pickle
import threading
import weakref
from collections import deque

import pytest

from ocoro.runtime.lock import Lock, RLock, Waiter

KINDS = pytest.mark.parametrize("kind", [Lock, RLock])


def pause(scheduler, seconds):
    """Let the others run for some time."""
    lock = Lock()
    lock.acquire()
    assert lock.acquire(timeout=seconds) is False


def spawn_takers(scheduler, lock, names, order, hold=0.0):
    """Coroutines that take the lock, say so, and release it again."""

    def take(name):
        with lock:
            order.append(name)
            if hold:
                pause(scheduler, hold)

    for name in names:
        scheduler.spawn(take, (name,))


# -- alone -------------------------------------------------------------------------------------------------------------


def test_free_lock_is_taken_at_once():
    lock = Lock()
    assert (lock.locked(), lock.acquire(), lock.locked()) == (False, True, True)
    lock.release()
    assert not lock.locked()


def test_with_holds_the_lock():
    lock = Lock()
    with lock as entered:
        assert (entered, lock.locked()) == (True, True)
    assert not lock.locked()


def test_rlock_is_taken_again_by_its_owner():
    lock = RLock()
    assert [lock.acquire() for _ in range(3)] == [True] * 3
    assert lock._recursion_count() == 3
    for _ in range(3):
        assert lock._is_owned()
        lock.release()
    assert not lock._is_owned()


@pytest.mark.parametrize("arguments", [(False,), (True, 0), (True, 0.0)])
def test_held_lock_is_refused_at_once(arguments):
    lock = Lock()
    lock.acquire()
    assert lock.acquire(*arguments) is False


@pytest.mark.parametrize("arguments", [(False, 1), (True, -2), (True, 1e300), (True, "x"), (False, 0)])
@pytest.mark.parametrize(("kind", "native"), [(Lock, _thread.allocate_lock), (RLock, _thread.RLock)])
def test_bad_arguments_are_refused_alike(kind, native, arguments):
    def error(make):
        with pytest.raises((ValueError, OverflowError, TypeError)) as caught:
            make().acquire(*arguments)
        return caught.type, str(caught.value)

    assert error(kind) == error(native)


@pytest.mark.parametrize(("kind", "native"), [(Lock, _thread.allocate_lock), (RLock, _thread.RLock)])
def test_releasing_a_free_lock_fails_alike(kind, native):
    def error(make):
        with pytest.raises(RuntimeError) as caught:
            make().release()
        return str(caught.value)

    assert error(kind) == error(native)


@KINDS
def test_lock_has_the_names_of_the_original(kind):
    native = {Lock: _thread.LockType, RLock: _thread.RLock}[kind]
    assert (kind.__name__, kind.__qualname__, kind.__module__) == (
        native.__name__,
        native.__qualname__,
        native.__module__,
    )


@KINDS
def test_lock_cannot_be_pickled(kind):
    with pytest.raises(TypeError, match="cannot pickle '_thread"):
        pickle.dumps(kind())


@KINDS
def test_lock_can_be_referred_to_weakly(kind):
    reference = weakref.ref(kind())
    gc.collect()
    assert reference() is None


@KINDS
def test_lock_shows_its_state(kind):
    lock = kind()
    assert repr(lock).startswith("<unlocked _thread.")
    with lock:
        assert repr(lock).startswith("<locked _thread.")


@KINDS
def test_lock_has_no_attributes(kind):
    with pytest.raises(AttributeError):
        kind().anything = 1


# -- between coroutines ------------------------------------------------------------------------------------------------


@KINDS
def test_held_lock_is_waited_for(virtual, clock, kind):
    def program(scheduler):
        lock, order, start = kind(), [], clock.now
        spawn_takers(scheduler, lock, "a", order, hold=2.0)
        pause(scheduler, 1.0)
        with lock:
            assert (order, clock.now - start) == (["a"], pytest.approx(2.0))

    virtual(program)


@KINDS
def test_waiters_come_in_order(virtual, kind):
    order = []

    def program(scheduler):
        lock = kind()
        with lock:
            spawn_takers(scheduler, lock, "abcde", order, hold=1.0)
            pause(scheduler, 1.0)
        pause(scheduler, 20.0)

    virtual(program)
    assert "".join(order) == "abcde"


@KINDS
def test_time_out_ends_wait(virtual, clock, kind):
    def program(scheduler):
        lock, start = kind(), clock.now
        spawn_takers(scheduler, lock, "a", [], hold=100.0)
        pause(scheduler, 1.0)
        assert lock.acquire(timeout=5.0) is False
        assert clock.now - start == pytest.approx(6.0)
        assert lock.acquire(True, 1000.0) is True

    virtual(program)


def test_who_timed_out_is_passed_over(virtual):
    def program(scheduler):
        lock, order = Lock(), []
        lock.acquire()
        scheduler.spawn(lambda: order.append(lock.acquire(timeout=1.0)))
        pause(scheduler, 0.5)
        spawn_takers(scheduler, lock, "b", order)
        pause(scheduler, 1.0)
        lock.release()
        pause(scheduler, 1.0)
        assert order == [False, "b"]
        assert not lock.locked()

    virtual(program)


def test_released_lock_may_be_overtaken_once(virtual):
    """Who releases and takes again at once does not wait for the one it woke, but the second time it does."""
    order = []

    def program(scheduler):
        lock = Lock()
        lock.acquire()
        spawn_takers(scheduler, lock, "w", order)
        pause(scheduler, 1.0)
        for name in "xyz":
            lock.release()
            lock.acquire()
            order.append(name)
            pause(scheduler, 1.0)

    virtual(program)
    assert "".join(order) == "xwyz"


def test_anybody_may_release(virtual):
    def program(scheduler):
        lock = Lock()
        lock.acquire()
        scheduler.spawn(lock.release)
        assert lock.acquire() is True

    virtual(program)


def test_only_the_owner_releases_rlock(virtual):
    errors = []

    def program(scheduler):
        lock = RLock()

        def release():
            try:
                lock.release()
            except RuntimeError as error:
                errors.append(str(error))

        with lock:
            scheduler.spawn(release)
            pause(scheduler, 1.0)
            assert lock._is_owned()

    virtual(program)
    assert errors == ["cannot release un-acquired lock"]


def test_rlock_is_given_up_as_a_whole(virtual):
    """What threading.Condition does to wait: let go however often it was taken, and take it back."""
    order = []

    def program(scheduler):
        lock = RLock()
        lock.acquire()
        lock.acquire()
        state = lock._release_save()
        assert not lock._is_owned()
        spawn_takers(scheduler, lock, "a", order, hold=1.0)
        pause(scheduler, 0.5)
        lock._acquire_restore(state)
        assert (order, lock._recursion_count()) == (["a"], 2)

    virtual(program)


def test_rlock_taken_anew_after_restore(virtual):
    def program(scheduler):
        lock, states = RLock(), []

        def other():
            lock.acquire()
            states.append(lock._release_save())
            lock._acquire_restore(states.pop())
            lock.release()

        with lock:
            scheduler.spawn(other)
            pause(scheduler, 1.0)
        pause(scheduler, 1.0)
        assert lock.acquire(False)

    virtual(program)


def test_error_of_handler_passes_lock_on(virtual):
    """The main coroutine leaves the queue by an exception; whoever is behind it is not forgotten."""
    order = []

    def fail():
        scheduler_signals.clear()
        raise KeyboardInterrupt

    scheduler_signals = deque()

    def program(scheduler):
        scheduler.signals, scheduler.run_handlers = scheduler_signals, fail
        lock = Lock()

        def holder():
            with lock:
                pause(scheduler, 1.0)
                spawn_takers(scheduler, lock, "a", order)
                pause(scheduler, 1.0)
                scheduler.signals.append(2)
                scheduler.nudge_main()

        scheduler.spawn(holder)
        pause(scheduler, 0.5)
        with pytest.raises(KeyboardInterrupt):
            lock.acquire()
        pause(scheduler, 1.0)
        assert (order, lock.locked()) == (["a"], False)

    virtual(program)


def test_child_of_fork_finds_lock_free(virtual):
    def program(scheduler):
        for kind in (Lock, RLock):
            lock = kind()
            spawn_takers(scheduler, lock, "ab", [], hold=100.0)
            pause(scheduler, 1.0)
            lock._at_fork_reinit()
            assert lock.acquire(False)

    virtual(program)


@KINDS
def test_release_passes_over_those_a_fork_left_behind(virtual, kind):
    """Coroutines, real threads and who was overtaken stand in the queue still, but not in this process."""

    def program(scheduler):
        lock, order = kind(), []

        def holder():
            with lock:
                spawn_takers(scheduler, lock, "abc", [])
                pause(scheduler, 1.0)
                foreign = Waiter(None)
                lock._waiters.insert(1, foreign)
                lost = [each for each in lock._waiters if each is not foreign]
                assert len(lost) == 3
                scheduler.forks += 1
                for each in lost:
                    each.bury()
                lost[0].overtaken = foreign.overtaken = True
                spawn_takers(scheduler, lock, "de", order)
                pause(scheduler, 1.0)

        scheduler.spawn(holder)
        pause(scheduler, 200.0)
        assert (order, lock._held, lock._waiters) == (["d", "e"], False, [])

    virtual(program)


# -- between coroutines and real threads -------------------------------------------------------------------------------


@KINDS
def test_coroutine_waits_for_thread(real, kind):
    def program(scheduler):
        lock, held, order = kind(), threading.Event(), []

        def hold():
            with lock:
                held.set()
                pause_thread.wait(5)
                order.append("thread")

        pause_thread = threading.Event()
        threading.Thread(target=hold).start()
        held.wait()
        scheduler.spawn(pause_thread.set)
        with lock:
            order.append("coroutine")
        assert order == ["thread", "coroutine"]

    real(program)


@KINDS
def test_thread_waits_for_coroutine(real, kind):
    def program(scheduler):
        lock, order = kind(), []

        def take():
            with lock:
                order.append("thread")

        with lock:
            thread = threading.Thread(target=take)
            thread.start()
            pause(scheduler, 0.01)
            order.append("coroutine")
        thread.join()
        assert order == ["coroutine", "thread"]

    real(program)


def test_thread_waits_its_time_only(real):
    def program(scheduler):
        lock, answers = Lock(), []
        with lock:
            thread = threading.Thread(target=lambda: answers.append(lock.acquire(timeout=0.005)))
            thread.start()
            thread.join()
        assert answers == [False]

    real(program)


@KINDS
def test_nobody_gets_in_between(real, kind):
    """Coroutines and threads count with a race in it that only the lock prevents."""
    rounds, total = 60, [0]

    def program(scheduler):
        lock = kind()

        def count():
            for _ in range(rounds):
                with lock:
                    seen = total[0]
                    if scheduler.me() is not None:
                        pause(scheduler, 0.00001)
                    total[0] = seen + 1

        threads = [threading.Thread(target=count) for _ in range(2)]
        for thread in threads:
            thread.start()
        for _ in range(4):
            scheduler.spawn(count)
        while len(scheduler.coroutines) > 1 or any(thread.is_alive() for thread in threads):
            pause(scheduler, 0.001)

    real(program)
    assert total == [6 * rounds]
