"""Locks that nobody contends for: the price of ``with lock: pass``.

Usage: locks.py SECONDS. The value is for threading.Lock, ``rlock`` for threading.RLock, both in nanoseconds.
"""

import json
import sys
import threading
import time
from contextlib import AbstractContextManager

PASSES_PER_LOOK_AT_THE_CLOCK = 1000


def take(lock: AbstractContextManager[object], count: int) -> None:
    for _ in range(count):
        with lock:
            pass


def measure(lock: AbstractContextManager[object], seconds: float) -> float:
    """The time of one pass in nanoseconds."""
    count, begin = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - begin) < seconds:
        take(lock, PASSES_PER_LOOK_AT_THE_CLOCK)
        count += PASSES_PER_LOOK_AT_THE_CLOCK
    return elapsed / count * 1e9


def main(seconds: float) -> None:
    lock, rlock = measure(threading.Lock(), seconds), measure(threading.RLock(), seconds)
    print(json.dumps({"name": "lock", "unit": "ns", "value": lock, "rlock": rlock}))


if __name__ == "__main__":
    main(float(sys.argv[1]))
