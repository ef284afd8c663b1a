"""RLock: recursion, ownership, and what it refuses."""

import re
import threading


def attempt(call, *args, **kwargs):
    try:
        print(args, kwargs, call(*args, **kwargs))
    except Exception as error:
        print(args, kwargs, type(error).__name__, error)


def shown(lock):
    return re.sub(r"0x[0-9a-f]+|owner=[1-9]\d+", "..", repr(lock))


def in_thread(call, *args):
    thread = threading.Thread(target=attempt, args=(call, *args))
    thread.start()
    thread.join()


lock = threading.RLock()
attempt(lock.release)
for _ in range(3):
    attempt(lock.acquire)
print(shown(lock), lock._is_owned())
in_thread(lock.release)
in_thread(lock.acquire, False)
in_thread(lock.acquire, True, 0.01)
in_thread(lock._is_owned)
state = lock._release_save()
print(state[0] if isinstance(state, tuple) else state, shown(lock))
in_thread(lock.acquire, False)
lock = threading.RLock()
with lock, lock:
    print(shown(lock))
attempt(lock.acquire, False, 1)
attempt(lock.acquire, True, -2)
attempt(lock.acquire, True, 1e20)
attempt(lock._release_save)
print(type(lock).__name__, type(lock).__module__)
