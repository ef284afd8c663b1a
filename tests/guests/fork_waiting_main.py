"""A thread forks while main waits, and the child does what would have woken main: main does not go on in the child.

The thread is all there is of the child: what it lets go of is free, also where others were waiting in front of it.
"""

import concurrent.futures
import os
import queue
import threading
import time
import warnings

warnings.simplefilter("ignore")
PARENT = os.getpid()


def fork(work):
    """Call `work` in a child; its exit status."""
    child = os.fork()
    if child == 0:
        work()
        time.sleep(0.005)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def here(what):
    """Where main comes when its wait is over."""
    if os.getpid() != PARENT:
        os.write(2, b"main goes on in the child\n")
        os._exit(7)
    print(what, flush=True)


def beside(function, *args):
    """Call `function` in a thread; returns when that has begun."""
    begun = threading.Event()
    thread = threading.Thread(target=lambda: (begun.set(), function(*args)))
    thread.start()
    begun.wait()
    return thread


def locks(make):
    lock, held = make(), threading.Event()

    def hold():
        with lock:
            held.set()
            time.sleep(0.005)  # main waits by then
            print(fork(release_and_take), flush=True)

    def release_and_take():
        lock.release()
        got = []
        lock.acquire()
        waiters = [beside(lambda: got.append(lock.acquire(timeout=20)) or lock.release()) for _ in range(2)]
        time.sleep(0.005)
        lock.release()
        for waiter in waiters:
            waiter.join()
        print("child", got, lock.acquire(blocking=False), flush=True)

    thread = beside(hold)
    held.wait()
    with lock:
        here(type(lock).__name__)
    thread.join()


def overtaken():
    """A lock that is about to be handed over to who was overtaken."""
    lock = threading.Lock()
    lock.acquire()
    waiters = [beside(lambda: lock.acquire() and lock.release()) for _ in range(3)]
    time.sleep(0.005)
    lock.release()
    lock.acquire()
    time.sleep(0.005)
    print(fork(lambda: print("child", lock.release(), lock.acquire(timeout=20), flush=True)), flush=True)
    lock.release()
    for waiter in waiters:
        waiter.join()


def events():
    event = threading.Event()
    thread = beside(lambda: (time.sleep(0.005), print(fork(event.set), flush=True), event.set()))
    event.wait()
    here("Event")
    thread.join()


def conditions():
    condition = threading.Condition()

    def notify():
        with condition:
            condition.notify_all()

    def wait_and_notify():
        with condition:
            waiter = beside(notify)
            print("child", condition.wait(20), flush=True)
        waiter.join()

    for work in (notify, wait_and_notify):
        with condition:
            thread = beside(lambda work=work: (time.sleep(0.005), print(fork(work), flush=True), notify()))
            condition.wait()
        here("Condition")
        thread.join()


def simple_queues():
    simple = queue.SimpleQueue()

    def put_and_get():
        simple.put(1)
        got = [simple.get()]
        getter = beside(lambda: got.append(simple.get(timeout=20)))
        time.sleep(0.005)
        simple.put(2)
        getter.join()
        print("child", got, flush=True)

    thread = beside(lambda: (time.sleep(0.005), print(fork(put_and_get), flush=True), simple.put(0)))
    simple.get()
    here("SimpleQueue")
    thread.join()


def futures():
    future = concurrent.futures.Future()
    thread = beside(
        lambda: (time.sleep(0.005), print(fork(lambda: future.set_result(1)), flush=True), future.set_result(0))
    )
    future.result()
    here("Future")
    thread.join()


def joins():
    print_status = lambda: print(fork(lambda: None), flush=True)  # noqa: E731
    thread = beside(lambda: (time.sleep(0.005), print_status()))
    thread.join()
    here("join")
    thread = threading.Thread(target=lambda: (time.sleep(0.005), os.fork() or time.sleep(0.005)))
    thread.start()  # in the child it ends as it ends in the parent
    thread.join()
    here("join of who forked")
    print(os.waitstatus_to_exitcode(os.wait()[1]), flush=True)


def sleeps():
    thread = beside(lambda: print(fork(lambda: time.sleep(0.02)), flush=True))
    time.sleep(0.015)
    thread.join()
    here("sleep")


locks(threading.Lock)
locks(threading.RLock)
overtaken()
events()
conditions()
simple_queues()
futures()
joins()
sleeps()
