"""SimpleQueue: put from a signal handler and from __del__, subclass, generic alias."""

import os
import queue
import signal
import threading

items = queue.SimpleQueue()


class Last:
    def __del__(self):
        items.put("deleted")


signal.signal(signal.SIGUSR1, lambda number, frame: items.put("signal"))
threading.Timer(0.02, os.kill, (os.getpid(), signal.SIGUSR1)).start()
print(items.get(timeout=5))
Last()
print(items.get_nowait(), items.qsize(), queue.SimpleQueue[int])
for name in ("get", "put", "get_nowait", "put_nowait", "qsize", "empty"):
    print(name, callable(getattr(queue.SimpleQueue, name)))
