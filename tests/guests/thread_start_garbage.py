"""Threads are started while destructors of garbage run at every turn, and wait themselves."""

import gc
import threading
import time


class Garbage:
    def __init__(self):
        self.ring = self

    def __del__(self):
        time.sleep(0.0001)


ran = []

threads = []
for number in range(300):
    gc.set_threshold(number % 17 + 1)
    Garbage()
    thread = threading.Thread(target=ran.append, args=(number,))
    thread.start()
    threads.append(thread)
for thread in threads[::2]:
    thread.join()
gc.set_threshold(700)
for thread in threads:
    thread.join()
print(sorted(ran) == list(range(300)), threading.active_count())
