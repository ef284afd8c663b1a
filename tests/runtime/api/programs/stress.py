"""Seeded: coroutines that lock, queue, wait, send and compute, cancelled and timed out at any moment.

Usage: stress.py SEED SECONDS. What may not happen: a lock that stays held, an item or a byte that is lost or comes
twice, a notification that wakes nobody, somebody who never ends.
"""

import queue
import random
import select
import socket
import sys
import threading
import time

import ocoro

random.seed(int(sys.argv[1]))
end = time.monotonic() + float(sys.argv[2])
LONG = 15
locks = [threading.Lock(), threading.RLock()]
condition = threading.Condition()
semaphore = threading.BoundedSemaphore(2)
items = queue.Queue(3)
inside = [0, 0]
put, got = [], []
rounds = 0


def locked():
    which = random.randrange(2)
    with locks[which]:
        inside[which] += 1
        try:
            assert inside[which] == 1
            pause()
            assert inside[which] == 1
        finally:
            inside[which] -= 1


def pause():
    random.choice((ocoro.yield_now, lambda: time.sleep(0), lambda: time.sleep(0.0003), compute, int))()


def compute():
    stop = time.monotonic() + 0.002
    while time.monotonic() < stop:
        pass


def produce():
    number = random.random()
    items.put(number)
    put.append(number)


def consume():
    number = items.get()
    got.append(number)


def converse():
    left, right = socket.socketpair()
    with left, right:
        answer = ocoro.spawn(right.recv, 10)
        try:
            select.select([left], [], [], 0.0002)
            left.sendall(b"x")
            assert answer.result() == b"x"
        finally:
            answer.cancel()
            answer.join()


def notify():
    with condition:
        pause()
        condition.notify()


def wait():
    with condition:
        condition.wait(0.002)
        assert condition._is_owned()


def in_semaphore():
    with semaphore:
        pause()


def limited():
    try:
        with ocoro.timeout(random.random() * 0.002):
            random.choice(KINDS)()
    except TimeoutError:
        pass


def nothing():
    ocoro.offload(int)


KINDS = (locked, produce, consume, converse, notify, wait, in_semaphore, limited, nothing)


def worker():
    while True:
        random.choice(KINDS)()


while time.monotonic() < end:
    rounds += 1
    workers = [ocoro.spawn(worker) for _ in range(20)]
    with ocoro.timeout(LONG):
        for _ in range(30):
            time.sleep(random.random() * 0.001)
            victim = random.randrange(len(workers))
            workers[victim].cancel()
            workers.append(ocoro.spawn(worker))
    for each in workers:
        each.cancel()
    try:
        ocoro.wait_all(workers, LONG)
    except TimeoutError:
        sys.exit("\n".join(line for each in workers if not each.done for line in [repr(each), *each.stack().format()]))
    for each in workers:
        if each.state is ocoro.State.ERROR:
            each.result()
        assert each.state is ocoro.State.CANCELLED, each
    assert inside == [0, 0]
    for lock in locks:
        assert lock.acquire(timeout=LONG)
        lock.release()
    for _ in range(2):
        assert semaphore.acquire(timeout=LONG)
    semaphore.release(2)
    assert condition.acquire(timeout=LONG)
    condition.release()
    assert not condition._waiters
    while not items.empty():
        got.append(items.get(timeout=LONG))
    assert sorted(got) == sorted(put)
    others = [each for each in ocoro.coroutines() if each.name != "MainThread"]
    assert not others, others
assert rounds
