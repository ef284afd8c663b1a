"""Doing nothing: the processor time that a program takes while all its threads sleep.

Usage: idle.py THREADS SECONDS. The value is the milliseconds of processor time in a second of idleness.
"""

import json
import sys
import threading
import time


def main(number: int, seconds: float) -> None:
    for _ in range(number):
        threading.Thread(target=time.sleep, args=(seconds * 2,), daemon=True).start()
    before = time.process_time()
    time.sleep(seconds)
    used = time.process_time() - before
    print(json.dumps({"name": "idle", "unit": "ms/s", "value": used / seconds * 1e3, "threads": number}))


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
