"""Priorities: the smaller runs first, and nobody starves."""

import ocoro
from ocoro.runtime.ready import TURNS_PER_STEP

order = []
several = [ocoro.spawn(order.append, rank, priority=rank) for rank in (3, 0, -2, 1, -1, 0, 2)]
ocoro.wait_all(several)
assert order == [-2, -1, 0, 0, 1, 2, 3], order

turns = []
stop = []


def busy():
    while not stop:
        turns.append(1)
        ocoro.yield_now()


def modest():
    stop.append(len(turns))


ocoro.spawn(busy, priority=-1)
ocoro.spawn(busy, priority=-1)
coroutine = ocoro.spawn(modest, priority=2)
assert coroutine.join(20)
assert 2 * TURNS_PER_STEP <= stop[0] <= 4 * TURNS_PER_STEP, stop

coroutine = ocoro.current()
coroutine.priority = 5
assert ocoro.current().priority == 5
print("done")
