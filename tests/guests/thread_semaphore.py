"""Semaphore and BoundedSemaphore: limits, time-outs, and what they refuse."""

import re
import threading


def attempt(call, *args, **kwargs):
    try:
        print(args, kwargs, call(*args, **kwargs))
    except Exception as error:
        print(args, kwargs, type(error).__name__, error)


def shown(thing):
    return re.sub("0x[0-9a-f]+", "..", repr(thing))


semaphore = threading.Semaphore(2)
attempt(semaphore.acquire)
print(shown(semaphore))
attempt(semaphore.acquire, False)
attempt(semaphore.acquire, False)
attempt(semaphore.acquire, True, 0.01)
attempt(semaphore.acquire, False, 1)
attempt(semaphore.release, 3)
attempt(semaphore.release, 0)
bounded = threading.BoundedSemaphore(1)
attempt(bounded.release)
attempt(bounded.acquire)
attempt(bounded.release)
attempt(bounded.release, 2)
print(shown(bounded))
attempt(threading.Semaphore, -1)
inside, most = [], []
gate = threading.Semaphore(3)


def enter():
    with gate:
        inside.append(1)
        most.append(len(inside))
        threading.Event().wait(0.005)
        inside.pop()


threads = [threading.Thread(target=enter) for _ in range(12)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(max(most), len(most), inside)
