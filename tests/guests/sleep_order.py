"""Sleeping threads wake in the order of their deadlines; sleep never returns early."""

import threading
import time

woken = []
early = []


def nap(duration):
    start = time.monotonic()
    time.sleep(duration)
    early.append(time.monotonic() - start < duration)
    woken.append(duration)


durations = [0.24, 0.03, 0.17, 0.1]
threads = [threading.Thread(target=nap, args=(duration,)) for duration in durations]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(woken, any(early))
