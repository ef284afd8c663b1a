"""Who has found no room on the stack for a wait waits like anybody else when there is room again, for what he asks."""

import os
import queue
import select
import socket
import sys
import threading
import time

FRAMES = 60  # more than the interpreter and its launcher take of the limit
DELAY = 0.0002
left, right = socket.socketpair()
reader, writer = os.pipe()
items = queue.SimpleQueue()
lock = threading.Lock()
holder = []
over = []


def hold():
    while not over:
        with lock:
            holder.append("other")
            time.sleep(DELAY)
            holder.pop()
        time.sleep(DELAY)


def feed():
    while not over:
        if items.empty():
            items.put(b"x")
        if not select.select([reader], [], [], 0)[0]:
            os.write(writer, b"x")
        if not select.select([right], [], [], 0)[0]:
            left.send(b"x")
        time.sleep(DELAY)


def sleep():
    begin = time.monotonic()
    time.sleep(DELAY)
    return time.monotonic() - begin >= DELAY


def take():
    if lock.acquire():
        is_mine = not holder
        lock.release()
    return is_mine


WAITS = {
    "sleep": sleep,
    "lock": take,
    "queue": lambda: items.get() == b"x",
    "pipe": lambda: os.read(reader, 1) == b"x",
    "socket": lambda: right.recv(1) == b"x",
    "worker": lambda: bool(socket.getaddrinfo("localhost", 80)),
}


def wait_at(depth, wait):
    return wait_at(depth - 1, wait) if depth else wait()


def wait_everywhere(who):
    for name, wait in WAITS.items():
        wrong = 0
        for spare in [each for each in range(FRAMES) for _ in range(5)]:
            try:
                wrong += not wait_at(sys.getrecursionlimit() - spare, wait)
            except RecursionError:
                pass
        wrong += sum(not wait() for _ in range(20)) + (not sleep())
        print(who, name, wrong)


others = [threading.Thread(target=function) for function in (hold, hold, feed)]
for thread in others:
    thread.start()
wait_everywhere("main")
thread = threading.Thread(target=wait_everywhere, args=["thread"])
thread.start()
thread.join()
over.append(True)
for thread in others:
    thread.join()
