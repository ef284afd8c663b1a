"""Threads wait at the bottom of deep stacks, all at once."""

import threading
import time

found = []


def dive(depth, barrier):
    if depth:
        return dive(depth - 1, barrier) + 1
    barrier.wait()
    time.sleep(0.01)
    return 0


barrier = threading.Barrier(10)
threads = [threading.Thread(target=lambda: found.append(dive(800, barrier))) for _ in range(10)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(found)
