"""`ctypes`: `PyThreadState_SetAsyncExc` raises in coroutines, from wherever it is called."""

import os

import pytest

BEGIN = """
import ctypes, threading, time
raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc
class Stop(Exception): pass
def throw(ident): return raise_in(ctypes.c_ulong(ident), ctypes.py_object(Stop))
"""
IN_BOTH = pytest.mark.parametrize("pure", ["", "1"])


@pytest.fixture
def program_says(says, pure):
    return lambda code, *options: says(BEGIN + code, *options, env={**os.environ, "OCORO_PURE_PYTHON": pure})


@IN_BOTH
def test_real_thread_raises_in_a_coroutine(program_says):
    """Also while the hub sleeps, and nobody would look before the end of a minute."""
    code = """
def work(wait, begun):
    try:
        begun.set()
        while True: wait()
    except Stop: print("stopped")
from ocoro.runtime.instance import scheduler
from ocoro.runtime.offload import pool
for wait in (lambda: time.sleep(0.001), lambda: len("")):
    begun = threading.Event()
    thread = threading.Thread(target=work, args=(wait, begun))
    thread.start()
    begun.wait()
    hit = pool.call(scheduler.recorder.tally("test"), throw, thread.ident)
    thread.join()
    print(hit)
"""
    assert program_says(code) == ["stopped", "1"] * 2


@IN_BOTH
def test_thread_that_has_not_begun_is_left_at_once(program_says):
    code = """
from _thread import start_new_thread
import sys
sys.unraisablehook = lambda args: print(args.exc_type.__name__, args.object is work or "work" in args.err_msg)
def work(): print("not before this")
print(throw(start_new_thread(work, ())), throw(start_new_thread(work, ())))
time.sleep(0.01)
"""
    assert program_says(code, "--no-preempt") == ["1 1", "Stop True", "Stop True"]


@IN_BOTH
def test_real_threads_are_left_to_the_interpreter(program_says):
    code = """
def work():
    try:
        while True: time.sleep(0.001)
    except Stop: print("stopped")
thread = threading.Thread(target=work)
thread.start()
hit = throw(thread.ident)
thread.join()
print(hit)
"""
    assert program_says(code, "--real-threads") == ["stopped", "1"]


@IN_BOTH
def test_own_threads_of_the_runtime_are_nobodys(program_says):
    code = """
import socket
socket.getaddrinfo("localhost", 80)
from ocoro.runtime.instance import scheduler
threading.Thread(target=time.sleep, args=(0.01,)).start()
print({throw(ident) for ident in scheduler.helpers})
"""
    assert program_says(code) == ["{0}"]


@IN_BOTH
def test_nothing_of_ours_is_left_half_way(program_says):
    """Exceptions come to threads that lock, wait and queue at any moment; they go on, and nothing stays locked."""
    code = """
import queue, random, socket
random.seed(1)
lock, rlock, condition, items = threading.Lock(), threading.RLock(), threading.Condition(), queue.Queue()
left, right = socket.socketpair()
def pass_on():
    with condition:
        condition.notify_all()
        condition.wait(0.001)
def lock_twice():
    with rlock:
        with rlock: time.sleep(0)
def lock_once():
    with lock: time.sleep(0.0001)
def exchange():
    items.put(1)
    items.get(timeout=0.01)
def talk():
    right.send(b"x")
    left.recv(1)
jobs = [pass_on, lock_twice, lock_once, exchange, talk, lambda: time.sleep(0.0005), lambda: sum(range(1000))]
stopped, over = [], False
def work():
    while not over:
        try:
            while not over: random.choice(jobs)()
        except (Stop, queue.Empty) as error: stopped.append(type(error))
threads = [threading.Thread(target=work, daemon=True) for _ in range(9)]
for thread in threads: thread.start()
while stopped.count(Stop) < 100:
    throw(random.choice(threads).ident)
    time.sleep(0.001)
over = True
for thread in threads:
    while thread.is_alive():
        thread.join(0.01)
        right.send(b"x")
print(lock.locked(), rlock.acquire(blocking=False), condition.acquire(blocking=False))
"""
    assert program_says(code) == ["False True True"]


@IN_BOTH
def test_forked_child_keeps_its_own(program_says):
    """What is to be raised in the thread that forks stays so in the child; what was for the others is nobody's."""
    code = """
import os, warnings
warnings.simplefilter("ignore")
def other():
    try: gate.wait()
    except Stop: print("other")
gate = threading.Event()
thread = threading.Thread(target=other)
thread.start()
print(throw(thread.ident), flush=True)
if not (child := os.fork()):
    try:
        throw(threading.get_ident())
        while True: len("")
    except Stop: print("child", flush=True)
    os._exit(0)
os.waitpid(child, 0)
gate.set()
thread.join()
"""
    assert program_says(code) == ["1", "child", "other"]


def test_exception_comes_where_nothing_is_hidden(ocoro, tmp_path):
    """Once a tracer in C is imported, frames of ours show on 3.11."""
    code = """
import coverage.tracer
def work():
    try:
        while True: time.sleep(0.001)
    except Stop: print("stopped")
thread = threading.Thread(target=work)
thread.start()
hit = throw(thread.ident)
thread.join()
print(hit)
"""
    done = ocoro("--quiet", "-c", BEGIN + code, cwd=tmp_path, limit=20)
    assert (done.out, done.err, done.status) == ("stopped\n1\n", "", 0)
