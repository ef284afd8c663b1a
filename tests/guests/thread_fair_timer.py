"""Main computes without end; a timer, a socket and a lock still get through to their threads."""

import socket
import threading
import time

left, right = socket.socketpair()
lock = threading.Lock()
lock.acquire()
events = []


def sleeper():
    time.sleep(0.02)
    events.append("slept")
    left.send(b"x")


def receiver():
    right.recv(1)
    events.append("received")
    lock.release()


def locker():
    with lock:
        events.append("locked")


for target in (locker, receiver, sleeper):
    threading.Thread(target=target).start()
while len(events) < 3:
    pass
print(events)
