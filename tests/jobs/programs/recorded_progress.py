"""Sleeps in many threads for ever; each says so after each sleep, with a byte on standard output.

Usage: recorded_progress.py THREADS.
"""

import os
import sys
import threading
import time


def work(number):
    while True:
        time.sleep(0.002 + 0.0001 * number)
        os.write(1, b".")


for number in range(int(sys.argv[1])):
    threading.Thread(target=work, args=(number,)).start()
