"""How many frames a traceback has when a call that waited raises, seen by the program."""

import queue
import select
import socket
import threading
import time
import traceback

left, right = socket.socketpair()
left.settimeout(0.01)
closed = socket.socket()
closed.close()
CALLS = {
    "recv": lambda: left.recv(1),
    "accept": lambda: right.accept(),
    "connect": lambda: socket.socket().connect(("127.0.0.1", 1)),
    "closed recv": lambda: closed.recv(1),
    "closed send": lambda: closed.send(b"x"),
    "recv arguments": lambda: left.recv(),
    "sleep": lambda: time.sleep(-1),
    "sleep type": lambda: time.sleep(None),
    "queue": lambda: queue.Queue().get(timeout=0.01),
    "simple queue": lambda: queue.SimpleQueue().get(timeout=0.01),
    "lock": lambda: threading.Lock().release(),
    "lock arguments": lambda: threading.Lock().acquire(True, -2),
    "condition": lambda: threading.Condition().notify(),
    "thread": lambda: threading.Thread().join(),
    "select": lambda: select.select([-1], [], [], 0),
    "name": lambda: socket.getaddrinfo("localhost", "no such service"),
}


def show():
    for name, call in CALLS.items():
        try:
            call()
        except Exception as error:
            print(name, [frame.name for frame in traceback.extract_tb(error.__traceback__)])


show()
thread = threading.Thread(target=show)
thread.start()
thread.join()
