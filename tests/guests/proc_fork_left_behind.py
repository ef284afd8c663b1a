# flags: -W ignore::DeprecationWarning
"""A thread that waits is not in the child of a fork. It never goes on there, whatever the child does.

The kind: each object that threads wait for. The child releases, sets, notifies or puts; afterwards it uses the object
itself, with threads of its own. Who forks is the main thread (others wait), and another thread (the main one waits).
"""

import concurrent.futures
import multiprocessing
import os
import queue
import signal
import socket
import sys
import threading
import time

PARENT = os.getpid()
LEFT_BEHIND = 7


def must_be_parent():
    if os.getpid() != PARENT:
        os._exit(LEFT_BEHIND)


class Case:
    """How a thread waits, and what ends its wait; `again` says whether the object works in the child afterwards."""

    waiters = 2
    wakes_all = True

    def again(self):
        return True


class OfLock(Case):
    def __init__(self, make=threading.Lock):
        self.lock = make()
        self.lock.acquire()

    def wait(self):
        self.lock.acquire()
        must_be_parent()
        self.lock.release()

    def wake(self):
        self.lock.release()

    def again(self):
        """Nobody is overtaken, handed the lock or woken in vain: three threads of the child take turns."""
        turns = []

        def take():
            with self.lock:
                time.sleep(0)
                turns.append(1)

        threads = [threading.Thread(target=take) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return len(turns) == 3


class OfRLock(OfLock):
    def __init__(self):
        super().__init__(threading.RLock)


class OfCondition(Case):
    def __init__(self):
        self.condition = threading.Condition()

    def wait(self):
        with self.condition:
            self.condition.wait()

    def wake(self):
        with self.condition:
            self.condition.notify_all()


class OfEvent(Case):
    def __init__(self):
        self.event = threading.Event()
        self.wait, self.wake = self.event.wait, self.event.set


class OfSemaphore(Case):
    wakes_all = False

    def __init__(self):
        self.semaphore = threading.Semaphore(0)
        self.wait, self.wake = self.semaphore.acquire, self.semaphore.release


class OfBarrier(Case):
    waiters = 1

    def __init__(self):
        self.barrier = threading.Barrier(2)

    def wait(self):
        self.barrier.wait()

    def wake(self):
        self.barrier.abort() if os.getpid() != PARENT else self.barrier.wait()


class OfQueue(Case):
    wakes_all = False

    def __init__(self, make=queue.Queue):
        self.queue = make()
        self.wait = self.queue.get

    def wake(self):
        self.queue.put(1)


class OfSimpleQueue(OfQueue):
    def __init__(self):
        super().__init__(queue.SimpleQueue)

    def again(self):
        """A thread of the child gets an item, though one that stayed behind was first in the queue."""
        got = []
        thread = threading.Thread(target=lambda: got.extend((self.queue.get(), self.queue.get())))
        thread.start()
        self.queue.put(2)
        thread.join()
        return got == [1, 2]


class OfFuture(Case):
    def __init__(self):
        self.future = concurrent.futures.Future()
        self.wait = self.future.result

    def wake(self):
        self.future.set_result(1)


class OfJoin(Case):
    def __init__(self):
        self.event = threading.Event()
        self.thread = threading.Thread(target=self.event.wait)
        self.thread.start()
        self.wait, self.wake = self.thread.join, self.event.set


class OfPipe(Case):
    wakes_all = False

    def __init__(self):
        self.reader, self.writer = os.pipe()

    def wait(self):
        os.read(self.reader, 1)

    def wake(self):
        if os.getpid() == PARENT:
            os.write(self.writer, b"x")
        else:
            os.close(self.reader)


class OfSocket(Case):
    wakes_all = False

    def __init__(self):
        self.mine, self.other = socket.socketpair()

    def wait(self):
        self.mine.recv(1)

    def wake(self):
        self.other.send(b"x") if os.getpid() == PARENT else self.mine.close()


class OfSleep(Case):
    def wait(self):
        time.sleep(0.1)

    def wake(self):
        time.sleep(0.15)


class OfTimeOut(Case):
    def wait(self):
        threading.Event().wait(0.1)

    def wake(self):
        time.sleep(0.15)


class OfSemLock(Case):
    wakes_all = False

    def __init__(self):
        self.lock = multiprocessing.get_context("fork").Semaphore(0)
        self.wait = self.lock.acquire

    def wake(self):
        if os.getpid() == PARENT:
            self.lock.release()


CASES = [
    OfLock, OfRLock, OfCondition, OfEvent, OfSemaphore, OfBarrier, OfQueue, OfSimpleQueue, OfFuture, OfJoin, OfPipe,
    OfSocket, OfSleep, OfTimeOut, OfSemLock,
]  # fmt: skip


def fork(case):
    """The child does what would end the wait, gives everybody a chance to run, and uses the object."""
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    signal.alarm(20)  # ends a child that hangs
    case.wake()
    time.sleep(0.01)
    is_well = case.again()
    time.sleep(0.01)
    os._exit(0 if is_well else 1)


def main_forks(kind):
    case = kind()

    def wait():
        case.wait()
        must_be_parent()

    threads = [threading.Thread(target=wait) for _ in range(case.waiters)]
    for thread in threads:
        thread.start()
    time.sleep(0.01)
    print(kind.__name__, "child", fork(case))
    for _ in range(1 if case.wakes_all else case.waiters):
        case.wake()
    for thread in threads:
        thread.join()


def thread_forks(kind):
    """The main thread is the one that waits; the other one is the main thread of the child."""
    case = kind()

    def work():
        time.sleep(0.01)
        print(kind.__name__, "child of a thread", fork(case))
        case.wake()

    thread = threading.Thread(target=work)
    thread.start()
    case.wait()
    must_be_parent()
    thread.join()


for kind in CASES:
    main_forks(kind)
for kind in CASES:
    if kind is not OfRLock:  # the main thread has it
        thread_forks(kind)
