"""Switching: threads that do nothing but give way to one another with ``time.sleep(0)``.

Usage: yields.py THREADS SECONDS. The value is the time of one call.
"""

import json
import sys
import threading
import time

CALLS_PER_LOOK_AT_THE_CLOCK = 10


def give_way(gate: threading.Event, seconds: float, counts: list[int]) -> None:
    gate.wait()
    count, end = 0, time.perf_counter() + seconds
    while time.perf_counter() < end:
        for _ in range(CALLS_PER_LOOK_AT_THE_CLOCK):
            time.sleep(0)
        count += CALLS_PER_LOOK_AT_THE_CLOCK
    counts.append(count)


def main(number: int, seconds: float) -> None:
    gate, counts = threading.Event(), list[int]()
    threads = [threading.Thread(target=give_way, args=(gate, seconds, counts)) for _ in range(number)]
    for thread in threads:
        thread.start()
    begin = time.perf_counter()
    gate.set()
    for thread in threads:
        thread.join()
    each = (time.perf_counter() - begin) / sum(counts)
    print(json.dumps({"name": "yield", "unit": "us", "value": each * 1e6, "threads": number, "calls": sum(counts)}))


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
