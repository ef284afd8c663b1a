"""SIGINT becomes KeyboardInterrupt in main, whatever main waits for."""

import os
import queue
import select
import signal
import socket
import threading
import time

left, right = socket.socketpair()
server = socket.create_server(("127.0.0.1", 0))
held = threading.Lock()
held.acquire()
condition = threading.Condition()
leave = threading.Event()
sleeper = threading.Thread(target=leave.wait)
sleeper.start()


def wait_on_condition():
    with condition:
        condition.wait()


CALLS = {
    "sleep": lambda: time.sleep(30),
    "join": sleeper.join,
    "queue": queue.Queue().get,
    "queue with time-out": lambda: queue.Queue().get(timeout=30),
    "simple queue": queue.SimpleQueue().get,
    "lock": held.acquire,
    "condition": wait_on_condition,
    "event": threading.Event().wait,
    "recv": lambda: left.recv(1),
    "accept": server.accept,
    "select": lambda: select.select([left], [], [], 30),
    "pipe": lambda: os.read(os.pipe()[0], 1),
}


def interrupt():
    time.sleep(0.03)
    os.kill(os.getpid(), signal.SIGINT)


for name, call in CALLS.items():
    killer = threading.Thread(target=interrupt)
    try:
        killer.start()
        call()
        print("not interrupted", name)
    except KeyboardInterrupt as error:
        print("interrupted", name, error.args)
    killer.join()
leave.set()
sleeper.join()
print(held.locked(), threading.active_count(), sleeper.is_alive())
