"""Preemption: how late is a thread that sleeps a millisecond again and again beside others that never stop computing?

Usage: spinners.py COUNT SECONDS. The value is the lateness that 99 of 100 sleeps do not exceed, in time slices of 10 ms
for each of the COUNT threads that compute. Where these are never interrupted, they give up after some seconds.
"""

import json
import os
import statistics
import sys
import threading
import time

SLICE = 0.01
NAP = 0.001
PATIENCE = 3.0  # seconds beyond those that it should take

over = threading.Event()


def spin(end: float) -> None:
    while not over.is_set():
        if time.perf_counter() > end:
            os.write(2, b"the loops were never interrupted\n")
            os._exit(1)


def tick(end: float) -> list[float]:
    lateness = []
    begin = time.perf_counter()
    while begin < end:
        time.sleep(NAP)
        now = time.perf_counter()
        lateness.append(now - begin - NAP)
        begin = now
    return lateness


def main(count: int, seconds: float) -> None:
    end = time.perf_counter() + seconds
    threads = [threading.Thread(target=spin, args=(end + PATIENCE,)) for _ in range(count)]
    for thread in threads:
        thread.start()
    lateness = tick(end)
    over.set()
    for thread in threads:
        thread.join()
    whole = SLICE * count
    value = statistics.quantiles(lateness, n=100)[98] / whole
    median = statistics.median(lateness) / whole
    print(json.dumps({"name": "spinners", "unit": "slices", "value": value, "median": median, "ticks": len(lateness)}))


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
