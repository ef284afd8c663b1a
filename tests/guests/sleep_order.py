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


durations = [0.16, 0.04, 0.12, 0.08, 0.0]
threads = [threading.Thread(target=nap, args=(duration,)) for duration in durations]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(woken, any(early))
