"""Punctuality: many threads sleep at once; how late does each return?

Usage: sleepers.py COUNT SECONDS apart|together. With ``apart`` the threads become due one after the other, from SECONDS
after the start on and at the same pace under every launcher: the lateness is mostly the clock's coarseness. (Sleeping
SECONDS from one's own start would have them due as fast as they were started, and punish who starts them fast.) With
``together`` all are due at one moment, and the last has to wait for all the others: the lateness is mostly the work of
waking and ending a thread. The value is the median lateness. All must be asleep before the first is due.
"""

import json
import statistics
import sys
import threading
import time

APART = 1e-4  # seconds


def sleep_until(due: float, lateness: list[float]) -> None:
    time.sleep(max(0.0, due - time.perf_counter()))
    lateness.append(time.perf_counter() - due)


def main(count: int, seconds: float, mode: str) -> None:
    lateness: list[float] = []
    due = time.perf_counter() + seconds
    apart = APART if mode == "apart" else 0.0
    times = [due + number * apart for number in range(count)]
    threads = [threading.Thread(target=sleep_until, args=(each, lateness), daemon=True) for each in times]
    for thread in threads:
        thread.start()
        if time.perf_counter() >= due:
            sys.exit(f"started too slowly: not all were asleep within {seconds:g} s")
    for thread in threads:
        thread.join()
    result = {"value": statistics.median(lateness) * 1e3, "max": max(lateness) * 1e3}
    print(json.dumps({"name": f"sleepers {mode}", "unit": "ms", **result, "threads": len(lateness)}))


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]), sys.argv[3])
