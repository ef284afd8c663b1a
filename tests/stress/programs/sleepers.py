"""As many threads as asked for, all asleep at once: nobody gets up for good before the last one went to bed."""

import sys
import threading
import time

COUNT = int(sys.argv[1])
NAP = float(sys.argv[2])

all_in_bed = threading.Event()
rested = []
early = []


def sleep():
    while not all_in_bed.is_set():
        lay_down = time.monotonic()
        time.sleep(NAP)
        if time.monotonic() - lay_down < NAP:
            early.append(1)
    rested.append(1)


threads = [threading.Thread(target=sleep) for _ in range(COUNT)]
for thread in threads:
    thread.start()
in_bed = threading.active_count() - 1
all_in_bed.set()
for thread in threads:
    thread.join()
print("in bed", in_bed, "rested", len(rested), "early", len(early))
