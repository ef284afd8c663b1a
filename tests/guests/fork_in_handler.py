"""A signal handler forks in the middle of a wait of main: parent and child go on with that wait, each for itself.

What ends the wait in the child comes from a thread that the handler starts there. What is read is there for both.
"""

import os
import queue
import select
import signal
import socket
import threading
import time
import warnings

warnings.simplefilter("ignore")


def pipe():
    reader, writer = os.pipe()
    return lambda: os.read(reader, 1), lambda: os.write(writer, b"xx")


def two_directions():
    left, right = socket.socketpair()
    return lambda: len(select.select([left], [], [left])[0]), lambda: right.send(b"x")


def received():
    left, right = socket.socketpair()
    left.settimeout(20)
    return lambda: left.recv(1), lambda: right.send(b"xx")


def lock():
    lock = threading.Lock()
    lock.acquire()
    return lock.acquire, lock.release


def event():
    event = threading.Event()
    return lambda: event.wait(20), event.set


def condition():
    condition = threading.Condition()

    def wait():
        with condition:
            return condition.wait(20)

    def wake():
        with condition:
            condition.notify()

    return wait, wake


def queues():
    simple = queue.SimpleQueue()
    return simple.get, lambda: simple.put(1)


def sleep():
    return lambda: time.sleep(0.02), lambda: None


def timed_out():
    return lambda: threading.Event().wait(0.02), lambda: None


def pause():
    return signal.pause, lambda: signal.pthread_kill(threading.main_thread().ident, signal.SIGUSR2)


def handle(number, frame):
    children.append(os.fork())
    if children[-1] == 0:
        threading.Timer(0.005, wake).start()


def strike():
    while not waits:
        time.sleep(0.001)
    time.sleep(0.005)
    signal.pthread_kill(threading.main_thread().ident, signal.SIGUSR1)
    while not children:
        time.sleep(0.001)
    os.waitpid(children[0], 0)
    wake()


parent = os.getpid()
signal.signal(signal.SIGUSR1, handle)
signal.signal(signal.SIGUSR2, lambda number, frame: None)
for case in (pipe, two_directions, received, lock, event, condition, queues, sleep, timed_out, pause):
    wait, wake = case()
    children, waits = [], []
    striker = threading.Thread(target=strike)
    striker.start()
    waits.append(True)
    result = wait()
    if os.getpid() != parent:
        print("child:", case.__name__, result, flush=True)
        os._exit(0)
    striker.join()
    print("parent:", case.__name__, result, flush=True)
