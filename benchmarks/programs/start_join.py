"""The price of a thread: start one that does nothing, join it, and again.

Usage: start_join.py SECONDS. The value is the time of one thread.
"""

import json
import sys
import threading
import time

THREADS_PER_LOOK_AT_THE_CLOCK = 100


def nothing() -> None:
    pass


def start_and_join(count: int) -> None:
    for _ in range(count):
        thread = threading.Thread(target=nothing)
        thread.start()
        thread.join()


def main(seconds: float) -> None:
    count, begin = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - begin) < seconds:
        start_and_join(THREADS_PER_LOOK_AT_THE_CLOCK)
        count += THREADS_PER_LOOK_AT_THE_CLOCK
    print(json.dumps({"name": "start+join", "unit": "us", "value": elapsed / count * 1e6, "threads": count}))


if __name__ == "__main__":
    main(float(sys.argv[1]))
