"""No file descriptor is free: forks, threads, locks, time-outs, signals, children and what is open already work on.

In parent, child and grandchild; first with a lower limit than ours has been, then with all fds taken up to the limit.
When there are fds again, all goes on as well.
"""

import os
import queue
import resource
import signal
import socket
import threading
import time
import warnings

warnings.simplefilter("ignore")
left, right = socket.socketpair()


def take_all():
    taken = []
    try:
        while True:
            taken.append(os.dup(0))
    except OSError as error:
        print(error, flush=True)
    return taken


def together(*functions):
    threads = [threading.Thread(target=function) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def waits():
    """One wait of each kind; what came of them."""
    lock, event, items, results = threading.Lock(), threading.Event(), queue.Queue(), []
    lock.acquire()
    together(
        lambda: results.append(("lock", lock.acquire(timeout=20))),
        lambda: results.append(("event", event.wait(20))),
        lambda: results.append(("item", items.get(timeout=20))),
        lambda: results.append(("recv", left.recv(1))),
        lambda: results.append(("late", threading.Event().wait(0.005))),
        lambda: (time.sleep(0.005), lock.release(), event.set(), items.put(1), right.send(b"x")),
    )
    signal.setitimer(signal.ITIMER_REAL, 0.005)
    try:
        while True:
            time.sleep(20)
    except InterruptedError as error:
        results.append(("signal", str(error)))
    done = []
    thread = threading.Thread(target=lambda: (time.sleep(0.005), done.append(True)))
    thread.start()
    while not done:  # it is let run in the middle of this
        pass
    thread.join()
    return sorted(results)


def interrupt(number, frame):
    raise InterruptedError("alarm")


def fork(level):
    child = os.fork()
    if child == 0:
        print("child", level, waits(), flush=True)
        if level:
            fork(level - 1)
        os._exit(5)
    together(lambda: print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True))


def free_and_go_on(taken):
    while taken:
        os.close(taken.pop())
    time.sleep(0.15)
    print(waits(), flush=True)
    fork(0)


signal.signal(signal.SIGALRM, interrupt)
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (40, hard))
taken = take_all()
print(len(taken) > 20, waits(), flush=True)
fork(1)
free_and_go_on(taken)
resource.setrlimit(resource.RLIMIT_NOFILE, (min(300, hard), hard))
taken = take_all()
print(waits(), flush=True)
fork(1)
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
free_and_go_on(taken)
