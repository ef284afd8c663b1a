"""A handler that raises ends the wait with its exception, whatever main waits for."""

import os
import queue
import select
import signal
import socket
import subprocess
import threading
import time


class Overdue(Exception):
    pass


def handle(number, frame):
    raise Overdue(number)


left, right = socket.socketpair()
held = threading.Lock()
held.acquire()
poller = select.poll()
poller.register(left, select.POLLIN)
leave = threading.Event()
thread = threading.Thread(target=leave.wait)
CALLS = {
    "recv": lambda: left.recv(1),
    "recv with time-out": lambda: (left.settimeout(30), left.recv(1)),
    "sleep": lambda: time.sleep(30),
    "lock": held.acquire,
    "lock with time-out": lambda: held.acquire(timeout=30),
    "join": thread.join,
    "queue": queue.Queue().get,
    "event": lambda: threading.Event().wait(30),
    "select": lambda: select.select([left], [], []),
    "poll": poller.poll,
    "pause": signal.pause,
    "waitpid": lambda: os.waitpid(child.pid, 0),
    "child": lambda: child.wait(),
}
child = subprocess.Popen(["sleep", "30"])
thread.start()
signal.signal(signal.SIGALRM, handle)
for name, call in CALLS.items():
    signal.setitimer(signal.ITIMER_REAL, 0.02)
    try:
        print("not interrupted", name, call())
    except Overdue as error:
        print(name, repr(error))
print(held.locked(), thread.is_alive())
leave.set()
child.kill()
print(child.wait())
