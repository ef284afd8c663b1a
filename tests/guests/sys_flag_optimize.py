# flags: -O
"""-O drops assertions, in the program and in the standard library, and changes nothing else."""

import queue
import threading

assert False, "not reached"
print(__debug__)
lock = threading.Lock()
with lock:
    thread = threading.Thread(target=lambda: queue.Queue().put(lock.locked()))
    thread.start()
    thread.join()
print(thread.is_alive(), thread.name)
