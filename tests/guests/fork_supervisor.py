"""Threads fork workers by multiprocessing while main waits for an event, for an end or for a result.

The worker uses its copy of the event. What main does when its wait is over is done once, in the parent.
"""

import multiprocessing
import os
import tempfile
import threading
import time
import warnings

warnings.simplefilter("ignore")
context = multiprocessing.get_context("fork")
stop = threading.Event()


def work(queue):
    stop.set()
    time.sleep(0.005)
    for number in range(3):
        queue.put(number)


def supervise(found):
    queue = context.Queue()
    process = context.Process(target=work, args=(queue,))
    process.start()
    found.append([queue.get(timeout=20) for _ in range(3)])
    process.join()
    found.append((process.exitcode, os.path.exists(precious)))
    queue.close()
    queue.join_thread()
    stop.set()


def where():
    return "the parent" if multiprocessing.parent_process() is None else "the child"


with tempfile.NamedTemporaryFile(delete=False) as file:
    precious = file.name
found = []
supervisor = threading.Thread(target=supervise, args=(found,))
supervisor.start()
stop.wait()
print("cleaned up in", where(), flush=True)
os.unlink(precious)
supervisor.join()
print(found, flush=True)

with tempfile.NamedTemporaryFile(delete=False) as file:
    precious = file.name
found = []
supervisors = [threading.Thread(target=supervise, args=(found,)) for _ in range(3)]
for each in supervisors:
    each.start()
for each in supervisors:
    each.join()  # the child ends by `threading._shutdown`, which has joined threads, too
print("joined in", where(), flush=True)
os.unlink(precious)
print(sorted(found, key=str), flush=True)
