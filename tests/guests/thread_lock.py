"""Lock: acquire in all its forms, release, and what it refuses."""

import re
import threading

lock = threading.Lock()


def attempt(call, *args, **kwargs):
    try:
        print(args, kwargs, call(*args, **kwargs))
    except Exception as error:
        print(args, kwargs, type(error).__name__, error)


attempt(lock.release)
attempt(lock.acquire)
print(lock.locked(), re.sub("0x[0-9a-f]+", "..", repr(lock)))
attempt(lock.acquire, False)
attempt(lock.acquire, blocking=False)
attempt(lock.acquire, timeout=0.01)
attempt(lock.acquire, True, 0.01)
attempt(lock.acquire, timeout=0)
attempt(lock.acquire, False, 1)
attempt(lock.acquire, True, -2)
attempt(lock.acquire, True, 1e20)
attempt(lock.acquire, True, "text")
attempt(lock.acquire, timeout=float("nan"))
attempt(lock.acquire, timeout=threading.TIMEOUT_MAX * 2)
attempt(lock.release)
print(lock.locked(), re.sub("0x[0-9a-f]+", "..", repr(lock)))
with lock as entered:
    print(entered, lock.locked())
attempt(lock.acquire, True, -1)
attempt(lock.__exit__, None, None, None)
print(type(lock).__name__, type(lock).__module__, lock == lock, lock == threading.Lock(), bool(lock))
