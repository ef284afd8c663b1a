"""Processor time of each thread: thread_time, the clocks of threads and RUSAGE_THREAD count the thread's own.

One thread computes, others wait in whatever way; one that starts late has used nothing; no clock ever goes back.
"""

import os
import resource
import threading
import time
import warnings

LITTLE, MUCH = 0.15, 0.4  # seconds of processor time
WAYS = {
    "thread_time": time.thread_time,
    "thread_time_ns": lambda: time.thread_time_ns() / 1e9,
    "own clock": lambda: time.clock_gettime(time.CLOCK_THREAD_CPUTIME_ID),
    "own clock, ns": lambda: time.clock_gettime_ns(time.CLOCK_THREAD_CPUTIME_ID) / 1e9,
    "clock by identity": lambda: time.clock_gettime(time.pthread_getcpuclockid(threading.get_ident())),
    "usage": lambda: sum(resource.getrusage(resource.RUSAGE_THREAD)[:2]),
}


def used():
    return [way() for way in WAYS.values()]


def compute(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def watched(name, job, is_right):
    """A thread that says whether all ways agree that it used as much as is right."""

    def work():
        before = used()
        job()
        times = [new - old for new, old in zip(used(), before)]
        found[name] = [way for way, seconds in zip(WAYS, times) if not is_right(seconds)] or "right"

    return threading.Thread(target=work)


def little(seconds):
    return 0 <= seconds < LITTLE


def much(seconds):
    return MUCH / 2 < seconds < 2 * MUCH


def in_steps():
    for _ in range(20):
        compute(MUCH / 20)
        time.sleep(0.001)
    done.set()


def waits_often():
    while not done.is_set():
        time.sleep(0.001)


found, done = {}, threading.Event()
threads = [
    watched("computes", in_steps, much),
    watched("waits", done.wait, little),
    watched("waits often", waits_often, little),
    watched("begins late", lambda: None, little),
]
for thread in threads[:3]:
    thread.start()
done.wait()
threads[3].start()
for thread in threads:
    thread.join()
for name in sorted(found):
    print(name, found[name])


# Absolute times: of a thread that has just begun, after others have computed.
def says_how_young():
    print("has just begun:", [way for way, seconds in zip(WAYS, used()) if not 0 <= seconds < LITTLE] or "right")


threading.Thread(target=compute, args=(MUCH,)).start()
for _ in range(2):
    thread = threading.Thread(target=says_how_young)
    thread.start()
    thread.join()

# No clock goes back, whoever else computes.
turns = []


def looks():
    latest = used()
    for _ in range(100):
        compute(0.0005)
        now = used()
        turns.append(all(new >= old for new, old in zip(now, latest)))
        latest = now
        time.sleep(0)


threads = [threading.Thread(target=looks) for _ in range(4)]
for thread in threads:
    thread.start()
looks()
for thread in threads:
    thread.join()
print("never goes back:", len(turns), all(turns))

# The clock of another, while it lives and when it has ended.
begun, leave = threading.Event(), threading.Event()
thread = threading.Thread(target=lambda: (begun.set(), leave.wait()))
thread.start()
begun.wait()
clock = time.pthread_getcpuclockid(thread.ident)
print("another's:", clock < 0, clock != time.pthread_getcpuclockid(threading.get_ident()))
compute(MUCH)
print(time.clock_gettime(clock) < LITTLE, time.clock_gettime_ns(clock) < LITTLE * 1e9, 0 < time.clock_getres(clock) < 1)
leave.set()
thread.join()
while os.path.exists(f"/proc/self/task/{thread.native_id}"):  # before 3.13 one that was joined may be on its way out
    time.sleep(0.01)
for ask in (time.clock_gettime, time.clock_gettime_ns):
    try:
        print(ask(clock))
    except OSError as error:
        print(error)
print(time.clock_gettime(time.pthread_getcpuclockid(threading.get_ident())) >= MUCH / 2)

# The other clocks are what they were, and arguments are refused as ever.
print(time.clock_gettime(time.CLOCK_MONOTONIC) <= time.monotonic(), time.clock_getres(time.CLOCK_MONOTONIC) < 1)
for call in (
    lambda: time.clock_gettime("text"),
    lambda: time.clock_gettime(12345),
    lambda: time.clock_gettime(-1),
    lambda: time.clock_gettime_ns(1.5),
    lambda: time.clock_getres(-99999),
    lambda: resource.getrusage("text"),
    lambda: resource.getrusage(99),
):
    try:
        print(call())
    except Exception as error:
        print(type(error).__name__, error)

# The child of a fork begins anew.
warnings.simplefilter("ignore")
compute(MUCH)
child = os.fork()
if not child:
    os._exit(not all(0 <= seconds < LITTLE for seconds in used()))
print("child", os.waitpid(child, 0)[1])
