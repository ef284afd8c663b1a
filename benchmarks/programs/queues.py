"""Handing over: two threads that send one item to and fro through two ``queue.Queue``.

Usage: queues.py SECONDS. The value is the time of one round trip (two puts, two gets).
"""

import json
import queue
import sys
import threading
import time

TRIPS_PER_LOOK_AT_THE_CLOCK = 10


def give_back(there: "queue.Queue[int]", back: "queue.Queue[int]") -> None:
    while item := there.get():
        back.put(item)


def throw(there: "queue.Queue[int]", back: "queue.Queue[int]", count: int) -> None:
    for _ in range(count):
        there.put(1)
        back.get()


def main(seconds: float) -> None:
    there, back = queue.Queue[int](), queue.Queue[int]()
    partner = threading.Thread(target=give_back, args=(there, back))
    partner.start()
    count, begin = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - begin) < seconds:
        throw(there, back, TRIPS_PER_LOOK_AT_THE_CLOCK)
        count += TRIPS_PER_LOOK_AT_THE_CLOCK
    there.put(0)
    partner.join()
    print(json.dumps({"name": "queue", "unit": "us", "value": elapsed / count * 1e6, "trips": count}))


if __name__ == "__main__":
    main(float(sys.argv[1]))
