"""Locals stay apart while threads take turns."""

import threading
import time

local = threading.local()
found = []
barrier = threading.Barrier(20)


def work(number):
    local.number = number
    local.seen = []
    for _ in range(3):
        barrier.wait()
        local.seen.append(local.number)
        time.sleep(0.001)
    found.append((number, local.seen))


threads = [threading.Thread(target=work, args=(number,)) for number in range(20)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(sorted(found))
