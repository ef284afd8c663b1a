"""The main thread ends in one of several ways while other threads go on: non-daemon threads are waited for, daemon
threads are not, and end without a trace.
"""

import atexit
import os
import queue
import random
import select
import socket
import sys
import threading
import time

WAY = sys.argv[1]
WORKERS = int(sys.argv[2])

dice = random.Random(WORKERS)
lock = threading.Lock()
ended = []


def work(pause):
    time.sleep(pause)
    threading.main_thread().join()
    time.sleep(pause)
    with lock:
        ended.append(pause)
        if len(ended) == 2 * WORKERS:
            print("all workers ended", flush=True)


def start_late(pause):
    """Starts a thread when the main thread is over, which some releases of Python refuse."""
    threading.main_thread().join()
    try:
        threading.Thread(target=work, args=(pause,)).start()
    except RuntimeError:
        work(pause)
    work(pause)


def linger(wait):
    """Of a daemon thread nothing is seen any more, not even its clean-up."""
    try:
        wait()
    except BaseException as error:
        print("daemon saw", repr(error), flush=True)
    finally:
        os.write(1, b"daemon cleaned up\n")


held = threading.Lock()
held.acquire()
left, right = socket.socketpair()
listener = socket.create_server(("127.0.0.1", 0))
WAITS = [
    lambda: time.sleep(3600),
    held.acquire,
    threading.Event().wait,
    lambda: threading.Event().wait(3600),
    queue.Queue().get,
    queue.SimpleQueue().get,
    threading.Barrier(100).wait,
    lambda: left.recv(1),
    listener.accept,
    lambda: select.select([right], [], []),
    lambda: threading.main_thread().join() or time.sleep(3600),
]

atexit.register(lambda: print("atexit", len(ended), flush=True))
for wait in WAITS * 10:
    threading.Thread(target=linger, args=(wait,), daemon=True).start()
for _ in range(WORKERS):
    threading.Thread(target=start_late, args=(dice.uniform(0, 0.1),)).start()
time.sleep(0.05)
print("main ends", flush=True)
if WAY == "exit":
    sys.exit(3)
if WAY == "error":
    raise LookupError("main had enough")
if WAY == "at-once":
    os._exit(4)
