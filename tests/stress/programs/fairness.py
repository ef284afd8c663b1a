"""Threads that never stop giving way do not keep sockets and timers waiting: these all come to an end beside them."""

import queue
import socket
import sys
import threading
import time

PINGS = int(sys.argv[1])
TICKS = int(sys.argv[2])

stop = threading.Event()
turns = {}


def spin():
    """Always ready to go on, and always willing to let others go first."""
    count = 0
    while not stop.is_set():
        time.sleep(0)
        count += 1
    turns["spin", threading.get_ident()] = count


def toss(mine, other):
    """One of two that keep each other busy through queues for ever."""
    count = 0
    while mine.get() is not None:
        other.put(None if stop.is_set() else count)
        count += 1
    other.put(None)
    turns["toss", threading.get_ident()] = count


def echo(sock):
    with sock:
        while data := sock.recv(100):
            sock.sendall(data)


def ping(sock, done):
    with sock:
        for number in range(PINGS):
            sock.sendall(b"%d" % number)
            assert sock.recv(100) == b"%d" % number
            done.append(number)


def tick(done):
    for number in range(TICKS):
        time.sleep(0.01)
        done.append(number)


def timer_chain(rest, done, finished):
    """Each threading.Timer starts the next."""
    done.append(rest)
    if rest == 1:
        finished.set()
    else:
        threading.Timer(0.005, timer_chain, (rest - 1, done, finished)).start()


def time_out(done):
    """Waits that nobody ends but the clock."""
    empty, left, _right = queue.Queue(), *socket.socketpair()
    left.settimeout(0.01)
    for number in range(TICKS // 2):
        try:
            empty.get(timeout=0.01)
        except queue.Empty:
            done.append(number)
        try:
            left.recv(1)
        except TimeoutError:
            done.append(number)


first, second = queue.Queue(), queue.Queue()
first.put(0)
busy = [threading.Thread(target=spin) for _ in range(3)]
busy += [threading.Thread(target=toss, args=pair) for pair in ((first, second), (second, first))]
for thread in busy:
    thread.start()

pings, ticks, chained, missed = [], [], [], []
near, far = socket.socketpair()
chain_end = threading.Event()
patient = [
    threading.Thread(target=echo, args=(far,)),
    threading.Thread(target=ping, args=(near, pings)),
    threading.Thread(target=tick, args=(ticks,)),
    threading.Thread(target=time_out, args=(missed,)),
]
for thread in patient:
    thread.start()
timer_chain(TICKS, chained, chain_end)
for thread in patient:
    thread.join()
chain_end.wait()
still_busy = sum(thread.is_alive() for thread in busy)
stop.set()
for thread in busy:
    thread.join()

print("pings", len(pings), "ticks", len(ticks), "timers", len(chained), "time-outs", len(missed))
print("still busy", still_busy, "had turns", sum(count > 0 for count in turns.values()))
