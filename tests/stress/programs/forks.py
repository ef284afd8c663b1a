"""Forks from threads while others hold locks and wait. In each child only the thread that forked lives on, locks that
others held stay held, and threads, locks, queues, timers and sockets of its own work; the parent goes on undisturbed.
"""

import json
import os
import queue
import random
import socket
import sys
import threading
import time
from collections import Counter

SEED = sys.argv[1]
FORKERS = 6
FORKS = int(sys.argv[2])

held = threading.Lock()
shared = threading.Lock()
stop = threading.Event()
news = threading.Condition()
turns = Counter()
outcomes = Counter()


def hold():
    """Has the lock for as long as the program runs."""
    with held:
        holding.set()
        stop.wait()


def contend(dice):
    while not stop.is_set():
        with shared:
            turns["contend"] += 1
            time.sleep(dice.choice([0, 0.001]))


def hear():
    with news:
        while not stop.is_set():
            turns["hear"] += news.wait(0.01)


def tell():
    while not stop.is_set():
        with news:
            news.notify_all()
        time.sleep(0.001)


def receive(sock):
    while sock.recv(1):
        turns["receive"] += 1


def send(sock):
    while not stop.is_set():
        sock.sendall(b"x")
        time.sleep(0.001)
    sock.close()


def child_threads():
    """What five new threads make of ten jobs."""
    jobs, results = queue.Queue(), queue.SimpleQueue()

    def work():
        while (job := jobs.get()) is not None:
            time.sleep(0.002)
            results.put(job * job)

    threads = [threading.Thread(target=work) for _ in range(5)]
    for thread in threads:
        thread.start()
    for job in [*range(10), *[None] * 5]:
        jobs.put(job)
    for thread in threads:
        thread.join()
    return sorted(results.get() for _ in range(10))


def child_sockets():
    mine, other = socket.socketpair()
    timer = threading.Timer(0.005, other.sendall, (b"ping",))
    timer.start()
    mine.settimeout(50)
    received = mine.recv(10).decode()
    timer.join()
    return received


def child():
    """What the child sees."""
    return {
        "threads": [thread.name for thread in threading.enumerate()],
        "main": threading.main_thread() is threading.current_thread(),
        "held": held.acquire(timeout=0.01),
        "jobs": child_threads(),
        "socket": child_sockets(),
        "event": threading.Event().wait(0.01),
        "left": threading.active_count(),
    }


def fork_one(name):
    mine, childs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        try:
            childs.sendall(json.dumps(child()).encode())
        except BaseException as error:
            childs.sendall(json.dumps(repr(error)).encode())
        finally:
            os._exit(7)
    childs.close()
    with mine, mine.makefile() as file:
        seen = json.load(file)
    outcomes[str(seen).replace(name, "forker")] += 1
    outcomes["status", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])] += 1


def forker(dice):
    for _ in range(FORKS):
        time.sleep(dice.uniform(0, 0.01))
        if dice.random() < 0.5:
            fork_one(threading.current_thread().name)
        else:
            with shared:
                fork_one(threading.current_thread().name)


def dice(number):
    return random.Random(f"{SEED} {number}")


holding = threading.Event()
left, right = socket.socketpair()
others = [threading.Thread(target=hold), threading.Thread(target=tell)]
others += [threading.Thread(target=receive, args=(left,)), threading.Thread(target=send, args=(right,))]
others += [threading.Thread(target=contend, args=(dice(number),)) for number in range(4)]
others += [threading.Thread(target=hear) for _ in range(4)]
for thread in others:
    thread.start()
holding.wait()
forkers = [
    threading.Thread(target=forker, args=(dice(f"forker {number}"),), name=f"forker-{number}")
    for number in range(FORKERS)
]
for thread in forkers:
    thread.start()
for thread in forkers:
    thread.join()
stop.set()
for thread in others:
    thread.join()
for outcome, count in sorted(outcomes.items(), key=str):
    print(outcome, count)
print("others had turns", sorted(name for name, count in turns.items() if count > 0))
