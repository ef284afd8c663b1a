# stdin: first line
# stdin: second line
"""A thread that waits for input does not hold the others."""

import sys
import threading
import time

ticks = []
lines = []


def read():
    lines.append(input())
    lines.extend(sys.stdin)


def tick():
    for _ in range(3):
        time.sleep(0.005)
        ticks.append(1)


threads = [threading.Thread(target=read), threading.Thread(target=tick)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(lines, len(ticks))
