"""A connection shared by threads, with a function that waits called from inside SQL."""

import sqlite3
import threading
import time

lock = threading.Lock()
shared = sqlite3.connect(":memory:", check_same_thread=False)
shared.create_function("nap", 1, lambda number: (time.sleep(0.005), number)[1])
found = []


def work(number):
    with lock:
        found.append(shared.execute("select nap(?)", (number,)).fetchone())


threads = [threading.Thread(target=work, args=(number,)) for number in range(5)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(sorted(found))
