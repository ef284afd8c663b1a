# flags: -W ignore::DeprecationWarning
"""Waits that C code times end in real time, however a program replaces the clocks for itself and everybody else.

By what is known of the tools that freeze the time: a name in `time`, every attribute of every module that is one of the
functions, whoever's the module is, and in C what the function objects call. Clocks stand still, or tick by themselves
at each look. Modules that are imported meanwhile see the frozen clocks first.
"""

import ctypes
import importlib
import itertools
import multiprocessing
import os
import queue
import select
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
import warnings

NAMES = [
    "clock_gettime",
    "clock_gettime_ns",
    "monotonic",
    "monotonic_ns",
    "perf_counter",
    "perf_counter_ns",
    "process_time",
    "process_time_ns",
    "thread_time",
    "thread_time_ns",
    "time",
    "time_ns",
]
originals = {name: getattr(time, name) for name in NAMES}
SHORT = 0.02


class ByName:
    """What `time` holds by these names."""

    def __init__(self, clock):
        self.clock = clock

    def __enter__(self):
        vars(time).update(dict.fromkeys(NAMES, self.clock))

    def __exit__(self, *_):
        vars(time).update(originals)


class ByIdentity:
    """All attributes of all modules that are one of the clocks."""

    def __init__(self, clock):
        self.clock, self.undo = clock, []

    def __enter__(self):
        clocks = {id(original) for original in originals.values()}
        for module in list(sys.modules.values()):
            for name in dir(module):
                try:
                    with warnings.catch_warnings(action="ignore"):
                        value = getattr(module, name)
                except Exception:
                    continue
                if id(value) in clocks:
                    setattr(module, name, self.clock)
                    self.undo.append((module, name, value))

    def __exit__(self, *_):
        for module, name, value in self.undo:
            setattr(module, name, value)


class InC:
    """The C functions behind `time.monotonic` and `time.time`: they read the processor's clock, which a wait stops."""

    def __enter__(self):
        self.places = [self._place(originals[name]) for name in ("monotonic", "time")]
        self.before = [place.value for place in self.places]
        for place in self.places:
            place.value = self._place(time.process_time).value

    def __exit__(self, *_):
        for place, before in zip(self.places, self.before, strict=True):
            place.value = before

    @staticmethod
    def _place(builtin):
        definition = ctypes.c_void_p.from_address(id(builtin) + object.__basicsize__).value
        return ctypes.c_void_p.from_address(definition + ctypes.sizeof(ctypes.c_void_p))


def waits():
    """What is C code in the standard library, each with a time that nothing else ends."""
    lock = threading.Lock()
    lock.acquire()
    yield "lock", lock.acquire(timeout=SHORT)
    owned = threading.RLock()
    thread = threading.Thread(target=lambda: print("rlock", owned.acquire(timeout=SHORT)))
    with owned:
        thread.start()
        thread.join(10)
    yield "event", threading.Event().wait(SHORT)
    end = threading.Event()
    thread = threading.Thread(target=end.wait)
    thread.start()
    thread.join(SHORT)
    yield "join", thread.is_alive()
    end.set()
    thread.join()
    try:
        queue.SimpleQueue().get(timeout=SHORT)
    except queue.Empty:
        yield "queue", "empty"
    here, there = socket.socketpair()
    yield "select", select.select([here], [], [], SHORT)
    poll = select.poll()
    poll.register(here, select.POLLIN)
    yield "poll", poll.poll(1000 * SHORT)
    with select.epoll() as epoll:
        epoll.register(here, select.EPOLLIN)
        yield "epoll", epoll.poll(SHORT)
    here.settimeout(SHORT)
    try:
        here.recv(1)
    except TimeoutError:
        yield "recv", "timed out"
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(SHORT)
    try:
        server.accept()
    except TimeoutError:
        yield "accept", "timed out"
    server.close(), here.close(), there.close()
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2])
    yield "signal", signal.sigtimedwait([signal.SIGUSR2], SHORT)
    child = os.fork()
    if not child:
        lock.acquire(timeout=SHORT)
        os._exit(7)
    yield "child", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    yield "sleep", time.sleep(SHORT)
    threads = [threading.Thread(target=time.sleep, args=(SHORT,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    yield "threads", [thread.is_alive() for thread in threads]


def ticks(*_, ticking=itertools.count(0, 3600)):
    return next(ticking)


def semaphore(synchronize):
    lock = synchronize.Lock(ctx=multiprocessing.get_context("fork"))
    lock.acquire()
    return lock.acquire(timeout=SHORT)


def database(sqlite3):
    path = os.path.join(tempfile.mkdtemp(), "database")
    first, second = (sqlite3.connect(path, timeout=SHORT, isolation_level=None) for _ in range(2))
    first.execute("begin exclusive")
    try:
        second.execute("begin exclusive")
    except sqlite3.OperationalError as error:
        return error
    finally:
        first.close(), second.close(), shutil.rmtree(os.path.dirname(path))


def tls(ssl):
    here, there = socket.socketpair()
    here.settimeout(SHORT)
    context = ssl.create_default_context()
    try:
        context.wrap_socket(here, server_hostname="a")
    except TimeoutError:
        return "timed out"
    finally:
        here.close(), there.close()


WAYS = [
    ("frozen", ByName(lambda *_: 12345)),
    ("frozen everywhere", ByIdentity(lambda *_: 12345)),
    ("ticking everywhere", ByIdentity(ticks)),
    ("exchanged in C", InC()),
]
LATER = [("mmap", type), ("multiprocessing.synchronize", semaphore), ("sqlite3", database), ("ssl", tls)]
for (title, way), (name, call) in zip(WAYS, LATER, strict=True):
    print(title, flush=True)
    with way:
        for what, result in waits():
            print(what, result, flush=True)
        assert name not in sys.modules, name
        print(name, call(importlib.import_module(name)), flush=True)
for name, original in originals.items():
    assert getattr(time, name) is original, name
