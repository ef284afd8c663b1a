"""A library whose loop waits in C gets real threads for those that it starts for itself, whatever it starts them by.

They share locks and events with the program's own threads, are joined by them, and end with the program or keep it.
"""

import threading
import time

from gevent import threadpool

loop = threadpool.Loop()
for start in (threadpool.by_object, threadpool.by_method, threadpool.by_function):
    start(loop, lambda: "served")
    print(start.__name__, loop.run(), flush=True)
threadpool.by_caller(loop, loop.call_back, "by the caller")
print(loop.run(), flush=True)


class Mine(threadpool.Worker):
    """The program's own, made from the library's."""


for kind in (threadpool.Worker, Mine):
    worker = kind(loop, lambda: (threading.current_thread().name, threading.get_ident() == worker.ident))
    worker.start()
    name, is_same = loop.run()
    worker.join(10)
    print(kind.__name__, name == worker.name, is_same, worker.is_alive())

# The program's threads run on while it joins one of the library's.
over, lock, beats = threading.Event(), threading.Lock(), []


def beat():
    for number in range(5):
        with lock:
            beats.append(number)
        time.sleep(0.001)
    over.set()


def waits():
    with lock:
        pass
    return over.wait(10), len(beats)


worker = threadpool.Worker(loop, waits)
beating = threading.Thread(target=beat)
worker.start(), beating.start()
worker.join(0.0001)
joining = threading.Thread(target=worker.join)
joining.start()
worker.join(), joining.join(), beating.join()
print(loop.run(), worker.is_alive())


def fails():
    raise ValueError("in the library")


threading.excepthook = lambda args: print("caught", repr(args.exc_value), args.thread is worker, flush=True)
worker = threadpool.Worker(loop, fails)
worker.start(), worker.join()
try:
    worker.start()
except RuntimeError as error:
    print(repr(error))
try:
    threadpool.Worker(loop, print).join()
except RuntimeError as error:
    print(repr(error))
print(threading.active_count(), [thread.name for thread in threading.enumerate()])
threadpool.Worker(loop, lambda: print("outlives main", time.sleep(0.05), flush=True), daemon=False).start()
threadpool.Worker(loop, lambda: time.sleep(100)).start()
print("main ends", flush=True)
