"""install() and uninstall() in plain python: what is put in place is taken out again, twice over."""

import concurrent.futures
import importlib
import os
import queue
import signal
import socket
import sys
import threading
import time

import ocoro
from ocoro.hooks.table import HOOKS

LISTDIR = (os.listdir,)  # where it is not replaced: a slow folder is listed in one thread more
KEPT = {("threading", "_active_limbo_lock"), ("threading", "_shutdown_locks_lock")}  # locks that work on


def handler(number, frame):
    handled.append(threading.current_thread() is threading.main_thread())


def seen():
    """Every attribute of the hooked modules and of their classes, the handlers, and who finds modules."""
    found = {("finders",): list(sys.meta_path)}
    for name in [*HOOKS, "os", "functools", "socketserver"]:
        module = importlib.import_module(name)
        for key, value in vars(module).items():
            found[name, key] = value
            if isinstance(value, type):
                found.update(((name, key, attribute), each) for attribute, each in vars(value).items())
    found.update(((number,), signal.getsignal(number)) for number in (signal.SIGINT, signal.SIGUSR1, signal.SIGTERM))
    return found


def threads():
    return len(LISTDIR[0]("/proc/self/task"))


def become_few():
    """Whether all threads end but main and the monitor; one that was joined may be in the kernel a while longer."""
    end = time.monotonic() + 10
    while threads() > 2 and time.monotonic() < end:
        time.sleep(0.001)
    return threads() <= 2


def in_hooks():
    gate, items = threading.Event(), queue.Queue()
    waiting = [threading.Thread(target=gate.wait) for _ in range(50)]
    for thread in waiting:
        thread.start()
    assert become_few()
    waiter = ocoro.spawn(items.get)
    left, right = socket.socketpair()
    reader = ocoro.spawn(left.recv, 10)
    time.sleep(0.001)
    try:
        ocoro.uninstall()
    except RuntimeError as error:
        assert "52 more coroutines" in str(error), error
    right.send(b"x")
    items.put("item")
    gate.set()
    assert waiter.result(10) == "item" and reader.result(10) == b"x"
    for thread in waiting:
        thread.join()
    os.kill(os.getpid(), signal.SIGUSR1)
    while not handled:
        time.sleep(0.001)
    assert handled.pop()
    spinning = ocoro.spawn(lambda: [None for _ in iter(int, 1) if done])
    time.sleep(0.001)
    spinning.cancel()
    assert spinning.join(10)


handled, done = [], []
signal.signal(signal.SIGUSR1, handler)
ocoro.current()
before = seen()
for _ in range(2):
    ocoro.install()
    ocoro.install()
    assert time.sleep is not before["time", "sleep"]
    in_hooks()
    ocoro.uninstall()
    after = seen()
    assert set(before) == set(after)
    changed = {key for key in before if before[key] is not after[key] and before[key] != after[key]}
    assert changed <= KEPT, changed
    thread = threading.Thread(target=lambda: done.append(threads()))
    thread.start()
    thread.join()
    assert done.pop() >= 2
    with concurrent.futures.ThreadPoolExecutor(2) as executor:
        assert list(executor.map(abs, [-1, -2])) == [1, 2]
    assert ocoro.spawn(pow, 2, 3).result(10) == 8
try:
    ocoro.uninstall()
except RuntimeError:
    print("done")
