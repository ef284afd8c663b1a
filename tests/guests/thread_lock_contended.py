"""A Lock between threads: released by another one, in order of waiting, with time-outs."""

import threading
import time

lock = threading.Lock()
order = []


def wait(name):
    with lock:
        order.append(name)


def give_up():
    order.append(lock.acquire(timeout=0.02))


lock.acquire()
threads = []
for name in ("first", "second", "third"):
    threads.append(threading.Thread(target=wait, args=(name,)))
    threads[-1].start()
    time.sleep(0.02)
loser = threading.Thread(target=give_up)
loser.start()
loser.join()
releaser = threading.Thread(target=lock.release)
releaser.start()
for thread in threads:
    thread.join()
print(order[0], sorted(order[1:]), lock.locked())
