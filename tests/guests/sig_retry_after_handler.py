"""A handler that returns does not cut a wait short (PEP 475)."""

import queue
import select
import signal
import socket
import threading
import time

left, right = socket.socketpair()
left.settimeout(0.08)
count = 0


def handle(number, frame):
    global count
    count += 1


def lock_wait():
    lock = threading.Lock()
    lock.acquire()
    return lock.acquire(timeout=0.08)


CALLS = {
    "sleep": lambda: time.sleep(0.08),
    "recv": lambda: left.recv(1),
    "select": lambda: select.select([left], [], [], 0.08),
    "lock": lock_wait,
    "event": lambda: threading.Event().wait(0.08),
    "queue": lambda: queue.Queue().get(timeout=0.08),
}
signal.signal(signal.SIGALRM, handle)
for name, call in CALLS.items():
    count = 0
    signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)
    start = time.monotonic()
    try:
        outcome = call()
    except Exception as error:
        outcome = repr(error)
    took = time.monotonic() - start
    signal.setitimer(signal.ITIMER_REAL, 0)
    print(name, outcome, took >= 0.079, count >= 2)
