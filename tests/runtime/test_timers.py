"""Deadlines come due in their order, with one heap entry for many waits."""

import gc
import random
import weakref

import pytest

from ocoro.runtime.coroutine import NEVER, PARKED, RUNNING, Coroutine
from ocoro.runtime.timers import Timers


@pytest.fixture
def timers():
    return Timers()


def park(timers, due, coroutine=None):
    """Do what the scheduler does when a coroutine parks with a deadline."""
    coroutine = coroutine or Coroutine(None)
    coroutine.parked, coroutine.deadline = PARKED, due
    if due < coroutine.alarm:
        timers.add(coroutine, due)
    return coroutine


def expire(timers, now, most=1_000_000):
    return timers.expire(now, most)


def resume(coroutine):
    """Do what the scheduler does when a wait ends before its deadline."""
    coroutine.parked, coroutine.deadline = RUNNING, NEVER


def test_empty_is_never_due(timers):
    assert timers.next_due() == NEVER
    assert expire(timers, 1e9) == []


def test_due_at_its_very_time(timers):
    coroutine = park(timers, 5.0)
    assert expire(timers, 4.999) == []
    assert expire(timers, 5.0) == [coroutine]
    assert timers.next_due() == NEVER


@pytest.mark.parametrize("seed", range(5))
def test_many_expire_earliest_first(timers, seed):
    dues = [random.Random(seed).randrange(100) for _ in range(500)]
    for due in dues:
        park(timers, due)
    assert [coroutine.deadline for coroutine in expire(timers, 1000)] == sorted(dues)


def test_equal_times_keep_their_order(timers):
    coroutines = [park(timers, 1.0) for _ in range(50)]
    assert expire(timers, 1.000001) == coroutines


def test_crowd_expires_in_portions(timers):
    coroutines = [park(timers, 1.0 + number) for number in range(50)]
    assert expire(timers, 100.0, 20) == coroutines[:20]
    assert timers.next_due() <= 100.0
    assert expire(timers, 100.0) == coroutines[20:]


def test_only_what_is_due_expires(timers):
    early, late = park(timers, 1.0), park(timers, 2.0)
    assert expire(timers, 1.5) == [early]
    assert timers.next_due() == 2.0
    assert expire(timers, 2.0) == [late]


def test_resumed_coroutine_never_expires(timers):
    resume(park(timers, 1.0))
    assert expire(timers, 1.0) == []
    assert timers.next_due() == NEVER


def test_later_deadline_holds(timers):
    coroutine = park(timers, 1.0)
    resume(coroutine)
    park(timers, 3.0, coroutine)
    assert expire(timers, 1.0) == []
    assert timers.next_due() == 3.0
    assert expire(timers, 3.0) == [coroutine]


def test_earlier_deadline_holds(timers):
    coroutine = park(timers, 5.0)
    resume(coroutine)
    park(timers, 2.0, coroutine)
    assert expire(timers, 2.0) == [coroutine]
    assert expire(timers, 5.0) == []


def test_wait_without_deadline_never_expires(timers):
    coroutine = park(timers, 1.0)
    resume(coroutine)
    park(timers, NEVER, coroutine)
    assert expire(timers, 100.0) == []


def test_new_deadline_after_expiry(timers):
    coroutine = park(timers, 1.0)
    expire(timers, 1.0)
    park(timers, 2.0, coroutine)
    assert expire(timers, 2.0) == [coroutine]


def test_forgotten_one_does_not_expire(timers):
    coroutine, other = park(timers, 1.0), park(timers, 1.0)
    timers.forget(coroutine)
    assert expire(timers, 1.000001) == [other]


def test_forgotten_one_is_set_free(timers):
    reference = weakref.ref(coroutine := park(timers, 1000.0))
    timers.forget(coroutine)
    del coroutine
    gc.collect()
    assert reference() is None


def test_forgotten_crowd_leaves_no_entries(timers):
    stays = park(timers, 10.0)  # equal to one of the crowd
    crowd = [park(timers, 1.0 + number) for number in range(5000)]
    for coroutine in crowd:
        timers.forget(coroutine)
    assert len(timers._heap) < 2500
    assert expire(timers, 1e9) == [stays]


def test_many_waits_share_an_entry(timers):
    coroutine = Coroutine(None)
    for due in range(100, 1100):
        park(timers, float(due), coroutine)
        resume(coroutine)
    assert len(timers._heap) == 1


@pytest.mark.parametrize("seed", range(5))
def test_random_waits_expire_as_in_a_list(timers, seed):
    """Against the obvious thing: the deadlines of all parked coroutines in a list."""
    chance = random.Random(seed)
    coroutines = [Coroutine(None) for _ in range(20)]
    for now in range(300):
        for coroutine in chance.sample(coroutines, 5):
            resume(coroutine)
            if chance.random() < 0.8:
                park(timers, now + chance.choice([0.25, 0.75, 3.5, 7.5, 40.5, NEVER]), coroutine)
        due = {each for each in coroutines if each.parked and each.deadline <= now + 1}
        expired = expire(timers, now + 1)
        assert set(expired) == due
        for coroutine in expired:
            resume(coroutine)
        assert timers.next_due() > now + 1
