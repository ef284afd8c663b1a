"""Main forks while threads wait, and the child does what would wake them: none of the threads goes on in the child.

Each kind of wait once, by several threads at a time, with and without a time-out; threads that have been woken
already and wait for their turn; and threads that compute.
"""

import concurrent.futures
import multiprocessing
import os
import queue
import select
import signal
import socket
import subprocess
import sys
import threading
import time
import warnings

warnings.simplefilter("ignore")
PARENT = os.getpid()
LONG = 30
kept = []
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2])


def lock(timeout):
    lock = threading.Lock()
    lock.acquire()

    def wait():
        with lock if timeout is None else Timed(lock, timeout):
            tell()

    return wait, lock.release


class Timed:
    def __init__(self, lock, timeout):
        self.lock, self.timeout = lock, timeout

    def __enter__(self):
        self.lock.acquire(timeout=self.timeout)

    def __exit__(self, *_):
        self.lock.release()


def rlock(timeout):
    lock = threading.RLock()
    lock.acquire()

    def wait():
        with lock if timeout is None else Timed(lock, timeout):
            tell()

    return wait, lock.release


def event(timeout):
    event = threading.Event()
    return lambda: event.wait(timeout), event.set


def condition(timeout):
    condition = threading.Condition()

    def wait():
        with condition:
            condition.wait(timeout)

    def wake():
        with condition:
            condition.notify_all()

    return wait, wake


def semaphore(timeout):
    semaphore = threading.Semaphore(0)
    return lambda: semaphore.acquire(timeout=timeout), lambda: semaphore.release(3)


def barrier(timeout):
    barrier = threading.Barrier(4)

    def wake():
        try:
            barrier.wait(0.01)
        except threading.BrokenBarrierError:
            pass

    def wait():
        try:
            barrier.wait(timeout)
        except threading.BrokenBarrierError:
            pass

    return wait, wake


def queues(kind):
    def case(timeout):
        queue = kind()
        return lambda: queue.get(timeout=timeout), lambda: [queue.put(number) for number in range(3)]

    case.__name__ = kind.__name__
    return case


def full_queue(timeout):
    full = queue.Queue(1)
    full.put(0)

    def wake():
        full.get()
        if os.getpid() == PARENT:
            full.get(), full.get()

    return lambda: full.put(1, timeout=timeout), wake


def queue_join(timeout):
    jobs = queue.Queue()
    jobs.put(0)
    return jobs.join, jobs.task_done


def future(timeout):
    future = concurrent.futures.Future()
    return lambda: future.result(timeout), lambda: future.set_result(1)


def futures(timeout):
    several = [concurrent.futures.Future() for _ in range(2)]
    return lambda: concurrent.futures.wait(several, timeout), lambda: [each.set_result(1) for each in several]


def executor(timeout):
    pool = concurrent.futures.ThreadPoolExecutor(1)
    pool.submit(int).result()
    time.sleep(0.002)  # it is idle by then
    asked = threading.Event()
    return asked.wait, lambda: (pool.submit(tell), asked.set())


def ends(timeout):
    end = threading.Event()
    thread = threading.Thread(target=end.wait)
    thread.start()
    return lambda: thread.join(timeout), end.set


def pipe(timeout):
    reader, writer = os.pipe()
    return lambda: os.read(reader, 1), lambda: os.getpid() == PARENT and os.write(writer, b"abc")


def sockets(timeout):
    left, right = socket.socketpair()
    left.settimeout(timeout)
    return lambda: left.recv(1), lambda: os.getpid() == PARENT and right.send(b"abc")


def selected(timeout):
    left, right = socket.socketpair()
    kept.append(right)
    return lambda: select.select([left], [], [], timeout), lambda: right.shutdown(socket.SHUT_WR)


def sleep(timeout):
    return lambda: time.sleep(0.04), lambda: None


def shared_semaphore(timeout):
    semaphore = multiprocessing.get_context("fork").Semaphore(0)

    def wake():
        if os.getpid() == PARENT:
            for _ in range(3):
                semaphore.release()

    return lambda: semaphore.acquire(True, timeout), wake


def child(timeout):
    process = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    return lambda: process.wait(timeout), lambda: os.getpid() == PARENT and process.stdin.close()


def signals(timeout):
    def wake():
        if os.getpid() == PARENT:
            for thread in threads:
                signal.pthread_kill(thread.ident, signal.SIGUSR2)
        else:
            os.kill(os.getpid(), signal.SIGUSR2)

    return lambda: signal.sigwait([signal.SIGUSR2]), wake


def name(timeout):
    return lambda: socket.getaddrinfo("127.0.0.1", 80), lambda: None


def never_begun(timeout):
    return lambda: None, lambda: threading.Thread(target=time.sleep, args=(0.001,)).start()


CASES = [lock, rlock, event, condition, semaphore, barrier, full_queue, queue_join, future, futures, executor, ends]
CASES += [queues(kind) for kind in (queue.Queue, queue.LifoQueue, queue.PriorityQueue, queue.SimpleQueue)]
CASES += [pipe, sockets, selected, sleep, shared_semaphore, child, signals, name, never_begun]


def tell():
    """Only the parent's threads may come here."""
    if os.getpid() != PARENT:
        os.write(2, b"a thread goes on in the child\n")
        os._exit(7)


def run(wait):
    wait()
    tell()


def fork(wake):
    child = os.fork()
    if child == 0:
        wake()
        time.sleep(0.005)
        other = threading.Thread(target=time.sleep, args=(0.005,))
        other.start()
        other.join()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def start(function, *args):
    threads = [threading.Thread(target=function, args=args) for _ in range(3)]
    for thread in threads:
        thread.start()
    return threads


def join(threads):
    for thread in threads:
        thread.join()


def compute(computing):
    while computing:
        tell()


for case in CASES:
    for timeout in (None, LONG):
        wait, wake = case(timeout)
        threads = start(run, wait)
        if case is not never_begun:
            time.sleep(0.005)  # they wait by then
        print(case.__name__, timeout, fork(wake), flush=True)
        wake()
        join(threads)
for case in CASES:
    wait, wake = case(None)
    threads = start(run, wait)
    time.sleep(0.005)
    wake()
    print("after", case.__name__, fork(lambda: None), flush=True)
    join(threads)
computing = [True]
threads = start(compute, computing)
time.sleep(0.03)
print("computing", fork(lambda: None), flush=True)
computing.clear()
join(threads)
