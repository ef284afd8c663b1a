"""Sleeps whose sum is known beforehand.

Usage: recorded_sleeps.py THREADS TURNS UNIT. Thread n sleeps TURNS times for 1 + n % 7 units of UNIT seconds.
"""

import sys
import threading
import time

THREADS, TURNS, UNIT = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])


def work(units):
    for _ in range(TURNS):
        time.sleep(units * UNIT)


threads = [threading.Thread(target=work, args=(1 + number % 7,)) for number in range(THREADS)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
