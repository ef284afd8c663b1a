"""join: time-outs, many joiners, joining a finished thread, and what it refuses."""

import threading
import time


def attempt(call, *args, **kwargs):
    try:
        print(args, kwargs, call(*args, **kwargs))
    except Exception as error:
        print(args, kwargs, type(error).__name__, error)


leave = threading.Event()
thread = threading.Thread(target=leave.wait)
attempt(thread.join)
thread.start()
start = time.monotonic()
attempt(thread.join, 0.03)
print(time.monotonic() - start >= 0.03, thread.is_alive())
attempt(thread.join, 0)
attempt(thread.join, timeout=-1)
attempt(thread.join, "text")
attempt(thread.start)
joiners = [threading.Thread(target=thread.join, args=(each,)) for each in (None, 5, None)]
for joiner in joiners:
    joiner.start()
leave.set()
for joiner in joiners:
    joiner.join()
print(thread.is_alive(), [joiner.is_alive() for joiner in joiners])
attempt(thread.join)
attempt(thread.join, -1)
attempt(thread.start)
attempt(thread.run)
attempt(threading.current_thread().join)
own = threading.Thread(target=lambda: attempt(threading.current_thread().join, 1))
own.start()
own.join()
