"""Bounded queues: Full and Empty with and without time-outs, task_done and join, what is refused."""

import queue
import threading
import time


def attempt(call, *args, **kwargs):
    try:
        print(args, kwargs, call(*args, **kwargs))
    except Exception as error:
        print(args, kwargs, type(error).__name__, error)


for make in (queue.Queue, queue.SimpleQueue):
    items = make() if make is queue.SimpleQueue else make(1)
    print(make.__name__)
    attempt(items.get, False)
    attempt(items.get_nowait)
    attempt(items.get, timeout=0.01)
    attempt(items.get, True, 0.01)
    attempt(items.get, True, -1)
    attempt(items.get, timeout="text")
    attempt(items.get, timeout=1e20)
    attempt(items.get, False, -1)
    attempt(items.put, 1, False)
    attempt(items.put, 2, True, 0)
    attempt(items.put_nowait, 3)
    attempt(items.put, 4, timeout=0.01)
    attempt(items.put, item=5, block=False)
    attempt(items.get, True, None)
bounded = queue.Queue(2)
attempt(bounded.put, 1, timeout=-1)
attempt(bounded.task_done)
finished = []


def consume():
    for item in iter(bounded.get, None):
        time.sleep(0.001)
        finished.append(item)
        bounded.task_done()
    bounded.task_done()


thread = threading.Thread(target=consume)
thread.start()
for item in range(10):
    bounded.put(item)
    print(bounded.qsize() <= 2, end=" ")
bounded.put(None)
bounded.join()
thread.join()
print(finished, bounded.unfinished_tasks, bounded.full(), bounded.maxsize)
attempt(bounded.task_done)
