"""Listeners: every change is told, in order, and is legal; none is told once nobody listens."""

import os
import sys
import threading
import time

import ocoro
from ocoro.runtime.api.states import LEGAL
from ocoro.runtime.instance import scheduler

plain_queue, plain_dead = type(scheduler.ready), type(scheduler.dead)
changes = []
listener = ocoro.add_listener(changes.append)


def life(number):
    """All kinds of waits and ends."""
    reader, writer = os.pipe()
    lock = threading.Lock()
    with lock:
        ocoro.sleep(0.001)
    ocoro.yield_now()
    ocoro.offload(pow, 2, 3)
    if hooked:
        threading.Thread(target=os.write, args=(writer, b"x")).start()
        os.read(reader, 1)
    for fd in reader, writer:
        os.close(fd)
    if number % 3 == 1:
        raise ValueError(number)
    if number % 3 == 2:
        ocoro.sleep(1000)


hooked = sys.argv[1] == "hooked"
lives = [ocoro.spawn(life, number, name=f"life {number}", priority=number % 4 - 1) for number in range(30)]
ocoro.wait_all([each for number, each in enumerate(lives) if number % 3 < 2], 20)
while not all(each.state is ocoro.State.SUSPENDED for each in lives[2::3]):
    ocoro.sleep(0.001)
for each in lives:
    each.cancel()
ocoro.wait_all(lives, 20)
ocoro.remove_listener(listener)
for each in lives:
    each.forgive()

states = {}
for change in changes:
    assert change.after in LEGAL[change.before], change
    before = states.setdefault(change.coroutine, change.before)
    assert before is change.before, change
    states[change.coroutine] = change.after
assert [change.at for change in changes] == sorted(change.at for change in changes)
for number, each in enumerate(lives):
    assert states[each] is each.state, each
    path = [change.after.value for change in changes if change.coroutine is each]
    assert "Suspended" in path and "Syscall" in path, path
    assert path[-1] == ("Complete", "Error", "Cancelled")[number % 3], path
threads = [coroutine for coroutine in states if coroutine not in lives and coroutine.name != "MainThread"]
assert len(threads) == (len(lives) if hooked else 0), threads
assert all(states[thread] is ocoro.State.COMPLETE for thread in threads)
told = len(changes)

ocoro.spawn(ocoro.sleep, 0.001).join()
assert len(changes) == told
assert type(scheduler.ready).__name__ == "Ranked" and type(scheduler.dead) is plain_dead

unraisable = []
sys.unraisablehook = lambda args: unraisable.append(args.exc_value)


def faulty(change):
    raise KeyError("faulty")


ocoro.add_listener(faulty)
ocoro.spawn(int).join()
time.sleep(0.001)
ocoro.yield_now()
assert [str(error) for error in unraisable] == ["'faulty'"], unraisable
try:
    ocoro.remove_listener(faulty)
except ValueError:
    print("done", plain_queue.__name__)
