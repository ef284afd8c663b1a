"""Daemon threads are dropped where they stand: no finally, no exception, no message."""

import queue
import socket
import threading
import time

left, right = socket.socketpair()
lock = threading.Lock()
lock.acquire()
condition = threading.Condition()
started = threading.Semaphore(0)


def wait_on_condition():
    with condition:
        condition.wait()


def drop(wait):
    try:
        started.release()
        wait()
    finally:
        print("must not be printed")


waits = (lambda: time.sleep(30), lock.acquire, queue.Queue().get, queue.SimpleQueue().get, lambda: left.recv(1))
for wait in (*waits, wait_on_condition, threading.Event().wait):
    threading.Thread(target=drop, args=(wait,), daemon=True).start()
    started.acquire()
time.sleep(0.05)
print("main is done", threading.active_count())
