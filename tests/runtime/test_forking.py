"""After a fork only the forking coroutine goes on in the child, with a runtime of its own."""

import pytest

PROLOGUE = """
import os, socket, sys, threading, time

def child(function):
    '''Run it in a forked child; return its exit status.'''
    pid = os.fork()
    if not pid:
        status = 1
        try:
            function()
            sys.stdout.flush()
            status = 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
"""


@pytest.fixture
def lines(says):
    """`lines(code)`: what the program prints, with the prologue before it."""
    return lambda code: says(PROLOGUE + code, "-Wignore")  # of forking with threads


def test_child_waits_by_itself(lines):
    assert lines("print(child(lambda: time.sleep(0.005)))") == ["0"]


def test_child_starts_threads(lines):
    code = """
def work():
    threads = [threading.Thread(target=time.sleep, args=(0.005,)) for _ in range(5)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    assert threading.active_count() == 1
print(child(work))
"""
    assert lines(code) == ["0"]


def test_only_forking_thread_goes_on(lines):
    code = """
ran = []
thread = threading.Thread(target=lambda: (time.sleep(0.005), ran.append(os.getpid())))
thread.start()
def work():
    time.sleep(0.02)
    assert ran == [] and threading.active_count() == 1
print(child(work))
thread.join()
print(ran == [os.getpid()])
"""
    assert lines(code) == ["0", "True"]


def test_parents_waits_are_undisturbed(lines):
    code = """
left, right = socket.socketpair()
got = []
reader = threading.Thread(target=lambda: got.append(left.recv(1)))
reader.start()
print(child(lambda: time.sleep(0.005)))
right.send(b"x")
reader.join()
print(got)
"""
    assert lines(code) == ["0", "[b'x']"]


def test_child_reads_what_parent_waits_for(lines):
    """The same fd number in two processes: both have it armed, each in a poller of its own."""
    code = """
left, right = socket.socketpair()
reader = threading.Thread(target=lambda: print("parent", left.recv(1)))
reader.start()
def work():
    threading.Timer(0.005, right.send, (b"c",)).start()
    assert left.recv(1) in (b"c", b"p")
    sys.stdout.flush()
pid = os.fork()
if not pid:
    try: work()
    finally: os._exit(0)
right.send(b"p")
right.send(b"p")
reader.join()
os.waitpid(pid, 0)
"""
    assert lines(code)[-1].startswith("parent")


def test_fork_in_thread_makes_it_main(lines):
    code = """
def forks():
    print(child(lambda: print(threading.current_thread() is threading.main_thread(), threading.active_count())))
thread = threading.Thread(target=forks)
thread.start()
thread.join()
"""
    assert lines(code) == ["True 1", "0"]


def test_child_of_child_works_too(lines):
    code = """
def work():
    threading.Thread(target=time.sleep, args=(0.002,)).start()
    assert child(lambda: time.sleep(0.002)) == 0
print(child(work))
"""
    assert lines(code) == ["0"]


def test_thread_ends_the_child_it_forked(lines):
    """The forking thread is all there is of the child; when its function returns the process ends."""
    code = """
def forks():
    pid = os.fork()
    if pid:
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
thread = threading.Thread(target=forks)
thread.start()
thread.join()
"""
    assert lines(code) == ["0"]


def test_lock_held_by_lost_thread_stays_held(lines):
    code = """
lock = threading.Lock()
def hold():
    with lock: time.sleep(0.02)
threading.Thread(target=hold).start()
def work():
    assert lock.acquire(timeout=0.005) is False
print(child(work))
"""
    assert lines(code) == ["0"]


def test_preemption_works_in_child(lines):
    code = """
def work():
    done = []
    threading.Timer(0.005, done.append, (True,)).start()
    while not done: pass
print(child(work))
"""
    assert lines(code) == ["0"]


def test_resolving_works_in_child(lines):
    code = """
socket.getaddrinfo("localhost", 80)
print(child(lambda: socket.getaddrinfo("localhost", 80)))
"""
    assert lines(code) == ["0"]


def test_first_wait_of_child_is_not_left_before_it_has_begun(lines):
    """The recording of the child is opened in its middle, which takes more than a time slice here."""
    code = """
from ocoro.runtime.instance import scheduler
def opener():
    end = time.monotonic() + 0.1
    while time.monotonic() < end: pass
    return before()
def work():
    thread = threading.Thread(target=print, args=["ran"])
    thread.start()
    thread.join()
before, scheduler.recorder._opener = scheduler.recorder._opener, opener
print(child(work), before is not None)
"""
    assert lines(code) == ["ran", "0 True"]


def test_signals_reach_child(lines):
    code = """
import signal
seen = []
signal.signal(signal.SIGUSR1, lambda *_: seen.append(os.getpid()))
def work():
    threading.Thread(target=lambda: os.kill(os.getpid(), signal.SIGUSR1)).start()
    time.sleep(0.01)
    assert seen == [os.getpid()]
print(child(work), seen)
"""
    assert lines(code) == ["0 []"]


def test_fork_leaves_no_fds_behind(lines):
    code = """
def work():
    print(sorted(os.listdir("/proc/self/fd"), key=int) == before)
time.sleep(0.001)
before = sorted(os.listdir("/proc/self/fd"), key=int)
child(work)
work()
"""
    assert lines(code) == ["True", "True"]


def test_real_threads_are_left_behind(lines):
    """What they stood in a queue for goes to those of the child."""
    code = """
import queue
from ocoro.runtime import originals

def take_lock(got):
    thread = threading.Thread(target=lambda: got.append(lock.acquire(timeout=5)))
    thread.start()
    time.sleep(0.002)
    lock.release()
    thread.join()

def take_item(got):
    thread = threading.Thread(target=lambda: got.append(items.get(timeout=5)))
    thread.start()
    time.sleep(0.002)
    items.put(1)
    thread.join()

def work():
    got = []
    take_lock(got)
    take_item(got)
    print(got, lock._waiters, items._waiters)

lock, items = threading.Lock(), queue.SimpleQueue()
lock.acquire()
for wait in lock.acquire, items.get:
    originals.start_new_thread(wait, ())
while not lock._waiters or not items._waiters:
    time.sleep(0.001)
print(child(work), len(lock._waiters), len(items._waiters))
"""
    assert lines(code) == ["[True, 1] [] []", "0 1 1"]


def test_fork_on_real_thread_leaves_all_behind(lines):
    code = """
from ocoro.runtime import originals

def forks():
    print(child(work))
    done.append(True)

def work():
    event.set()
    lock.release()
    thread = threading.Thread(target=time.sleep, args=(0.002,))
    thread.start()
    thread.join()
    print(lock.acquire(timeout=5), ran)

def wait(wait):
    wait()
    ran.append(os.getpid())

event, lock, ran, done = threading.Event(), threading.Lock(), [], []
lock.acquire()
threads = [threading.Thread(target=wait, args=(each,)) for each in (event.wait, lock.acquire, lambda: time.sleep(0.03))]
for thread in threads: thread.start()
time.sleep(0.002)
originals.start_new_thread(forks, ())
while not done: time.sleep(0.001)
event.set()
lock.release()
for thread in threads: thread.join()
print(ran == [os.getpid()] * 3)
"""
    assert lines(code) == ["True []", "0", "True"]


def test_fork_in_deputy_is_its_callers(lines):
    """A call made in a worker, for a coroutine, forks: the child is that coroutine's thread."""
    code = """
import ocoro
def forks():
    local.x = 1
    ocoro.offload(lambda: None)
    from ocoro.runtime.offload import crowd
    tally = ocoro.runtime.instance.scheduler.recorder.tally("offload")
    says = lambda: print(threading.current_thread().name, local.x)
    crowd.call_as_caller(tally, lambda: print(child(says), flush=True))
local = threading.local()
forks()
thread = threading.Thread(target=forks, name="caller")
thread.start()
thread.join()
"""
    assert lines(code) == ["MainThread 1", "0", "caller 1", "0"]
