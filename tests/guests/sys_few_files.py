"""A program that may have few files by now closes all that it does not know, and then takes every number there is.

What is ours was above the limit until then, and has no place any more. All waits go on as before.
"""

import os
import resource
import signal
import threading
import time

HARD = resource.getrlimit(resource.RLIMIT_NOFILE)[1]


def waits():
    reader, writer = os.pipe()
    lock = threading.Lock()
    lock.acquire()
    thread = threading.Thread(target=lambda: (time.sleep(0.005), os.write(writer, b"x"), lock.release()))
    thread.start()
    print(reader, writer, os.read(reader, 1), lock.acquire(timeout=20))
    thread.join()
    os.close(reader)
    os.close(writer)


def take_all():
    taken = []
    try:
        while True:
            taken.append(os.dup(0))
    except OSError as error:
        print(taken, error)
    return taken


sleeper = threading.Thread(target=time.sleep, args=(0.02,))
sleeper.start()
waits()
resource.setrlimit(resource.RLIMIT_NOFILE, (12, HARD))
os.closerange(3, 4096)
waits()
taken = take_all()
sleeper.join()
signal.signal(signal.SIGALRM, lambda number, frame: print("alarm"))
signal.setitimer(signal.ITIMER_REAL, 0.005)
time.sleep(0.015)
print([os.close(fd) for fd in taken[2:]])
waits()
resource.setrlimit(resource.RLIMIT_NOFILE, (min(1024, HARD), HARD))
time.sleep(0.15)
waits()
