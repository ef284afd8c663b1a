"""Has the scheduler's invariants checked each time the hub polls: then everybody is parked, or stands in a queue.

A breach ends the process at once with status 99. Under plain python there is nothing to check.
"""

import os
import sys
import traceback

BREACH = 99


def watch():
    """From now on, and in the children of forks."""
    if "ocoro.runtime.instance" in sys.modules:
        from ocoro.runtime.instance import scheduler

        wait = scheduler.poller.wait

        def checked(timeout):
            try:
                _check(scheduler)
            except BaseException:
                os.write(2, traceback.format_exc().encode())
                os._exit(BREACH)
            return wait(timeout)

        scheduler.poller.wait = checked


def _check(scheduler):
    assert scheduler.current is scheduler.hub, "somebody runs while the hub polls"
    queues = [*scheduler.ready, *scheduler.overrun]
    queued = set(queues)
    assert len(queued) == len(queues), f"queued twice: {_numbers(queues)}"
    assert queued <= scheduler.coroutines, f"queued after its end: {_numbers(queued - scheduler.coroutines)}"
    for coroutine in list(scheduler.coroutines):
        _check_coroutine(coroutine, coroutine in queued)


def _check_coroutine(coroutine, is_queued):
    from ocoro.runtime.coroutine import PARKED

    name = f"coroutine {coroutine.number}"
    if coroutine.parked == PARKED:
        assert not is_queued, f"{name} is parked and stands in a queue"
        assert coroutine.alarm <= coroutine.deadline, f"{name} has a deadline and no timer"
    else:
        assert is_queued, f"{name} is lost: neither parked nor in a queue"


def _numbers(coroutines):
    return sorted(coroutine.number for coroutine in coroutines)
