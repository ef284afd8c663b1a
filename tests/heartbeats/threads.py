"""time, threading, queue, concurrent.futures, sched, imports."""

import _thread
import concurrent.futures
import queue
import sched
import sys
import threading
import time
from pathlib import Path

from heart import later, operation, perform

SHORT, LONG = 0.1, 60  # seconds


def held(lock):
    """Have another thread hold `lock` until the heart has beaten."""
    taken, leave = threading.Event(), threading.Event()

    def hold():
        with lock:
            taken.set()
            leave.wait()

    threading.Thread(target=hold).start()
    taken.wait()
    later(leave.set)
    return lock


def parked(function=None):
    """A thread that runs until the heart has beaten."""
    leave = threading.Event()
    thread = threading.Thread(target=lambda: (leave.wait(), function and function()))
    thread.start()
    later(leave.set)
    return thread


@operation
def sleep():
    return time.sleep(SHORT)


@operation
def lock_acquire():
    return held(threading.Lock()).acquire()


@operation
def lock_acquire_with_time_out():
    return held(threading.Lock()).acquire(timeout=LONG)


@operation
def lock_acquire_times_out():
    lock = threading.Lock()
    lock.acquire()
    return lock.acquire(timeout=SHORT)


@operation
def lock_in_with():
    with held(threading.Lock()):
        return "entered"


@operation
def raw_lock():
    return held(_thread.allocate_lock()).acquire_lock()


@operation
def rlock():
    return held(threading.RLock()).acquire()


@operation
def rlock_with_time_out():
    return held(threading.RLock()).acquire(timeout=LONG)


@operation
def event():
    event = threading.Event()
    later(event.set)
    return event.wait()


@operation
def event_times_out():
    return threading.Event().wait(SHORT)


@operation
def condition():
    condition = threading.Condition()

    def notify():
        with condition:
            condition.notify()

    with condition:
        later(notify)
        return condition.wait()


@operation
def condition_wait_for():
    condition, items = threading.Condition(), []

    def notify():
        with condition:
            items.append(1)
            condition.notify_all()

    with condition:
        later(notify)
        return condition.wait_for(lambda: items, LONG)


@operation
def semaphore():
    semaphore = threading.Semaphore(0)
    later(semaphore.release)
    return semaphore.acquire()


@operation
def bounded_semaphore():
    semaphore = threading.BoundedSemaphore(1)
    semaphore.acquire()
    later(semaphore.release)
    return semaphore.acquire(timeout=LONG)


@operation
def barrier():
    barrier = threading.Barrier(2)
    parked(barrier.wait)
    return barrier.wait() in (0, 1)


@operation
def thread_join():
    return parked().join()


@operation
def thread_join_with_time_out():
    return parked().join(LONG)


@operation
def timer_join():
    timer = threading.Timer(SHORT, print)
    timer.function = int
    timer.start()
    return timer.join()


@operation
def queue_get():
    items = queue.Queue()
    later(items.put, 1)
    return items.get()


@operation
def queue_get_with_time_out():
    items = queue.Queue()
    later(items.put, 1)
    return items.get(timeout=LONG)


@operation
def queue_get_times_out():
    return queue.Queue().get(timeout=SHORT)


@operation
def queue_put():
    items = queue.Queue(1)
    items.put(1)
    later(items.get)
    return items.put(2)


@operation
def queue_join():
    items = queue.Queue()
    items.put(1)
    later(items.task_done)
    return items.join()


@operation
def stack_get():
    items = queue.LifoQueue()
    later(items.put, 1)
    return items.get()


@operation
def priority_queue_get():
    items = queue.PriorityQueue()
    later(items.put, (1, "a"))
    return items.get()


@operation
def simple_queue_get():
    items = queue.SimpleQueue()
    later(items.put, 1)
    return items.get()


@operation
def simple_queue_get_with_time_out():
    items = queue.SimpleQueue()
    later(items.put, 1)
    return items.get(timeout=LONG)


@operation
def simple_queue_get_times_out():
    return queue.SimpleQueue().get(timeout=SHORT)


def task():
    leave = threading.Event()
    later(leave.set)
    return leave.wait


@operation
def future_result():
    return pool.submit(task()).result()


@operation
def future_exception():
    return pool.submit(task()).exception(LONG)


@operation
def futures_wait():
    return len(concurrent.futures.wait([pool.submit(task())]).done)


@operation
def futures_as_completed():
    return [each.result() for each in concurrent.futures.as_completed([pool.submit(task())])]


@operation
def executor_map():
    return list(pool.map(lambda wait: wait(), [task()]))


@operation
def executor_shutdown():
    with concurrent.futures.ThreadPoolExecutor(1) as executor:
        executor.submit(task())
    return "shut down"


@operation
def scheduler_run():
    scheduler = sched.scheduler(time.monotonic, time.sleep)
    scheduler.enter(SHORT, 1, int)
    return scheduler.run()


@operation
def import_that_another_thread_is_in():
    """The module waits, in another thread, until the heart has beaten."""
    sys.path.insert(0, str(Path(__file__).parent / "imported"))
    thread = threading.Thread(target=__import__, args=("slow",))
    sys.leave_slow = threading.Event()
    thread.start()
    while "slow" not in sys.modules:
        time.sleep(0.001)
    later(sys.leave_slow.set)
    import slow

    thread.join()
    return slow.done


with concurrent.futures.ThreadPoolExecutor(2) as pool:
    perform()
