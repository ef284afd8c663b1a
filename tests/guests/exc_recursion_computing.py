"""Who has computed where hardly a frame fits on the stack any more still shares the thread with the others."""

import sys
import threading
import time

FRAMES = 60  # more than the interpreter and its launcher take of the limit
ticks = []
reached = []


def tick():
    while len(reached) < FRAMES:
        ticks.append(time.sleep(0.001))


def compute_at(depth):
    if depth:
        return compute_at(depth - 1)
    total = 0
    for number in range(400_000):
        total += number


def work():
    for spare in range(FRAMES):
        try:
            compute_at(sys.getrecursionlimit() - spare)
        except RecursionError:
            pass
        seen = len(ticks)
        while len(ticks) < seen + 2:
            pass
        reached.append(spare)


threads = [threading.Thread(target=function) for function in (tick, tick, work)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(reached == list(range(FRAMES)), threading.active_count())
