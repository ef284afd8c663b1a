"""What the kernel keeps for each thread is asked for and set by native ids, as these come from threading.

Nothing here differs between the threads, as coroutines are one thread to the kernel: see what is told of that. Before
Python 3.13 a thread that was joined may be on its way out, and is known to the kernel until it is gone.
"""

import os
import threading
import time

mine = os.sched_getaffinity(0)
niceness = os.getpriority(os.PRIO_PROCESS, 0)
begun, leave = threading.Event(), threading.Event()
thread = threading.Thread(target=lambda: (begun.set(), leave.wait()))
thread.start()
begun.wait()


def work():
    for native in (0, threading.get_native_id(), thread.native_id):
        print(os.sched_getaffinity(native) == mine, os.sched_setaffinity(native, mine))
        print(os.getpriority(os.PRIO_PROCESS, native) == niceness)
        print(os.setpriority(os.PRIO_PROCESS, native, niceness))
        print(os.sched_getscheduler(native) == os.SCHED_OTHER, os.sched_getparam(native).sched_priority)
        print(os.sched_setscheduler(native, os.SCHED_OTHER, os.sched_param(0)))
    print(os.setpriority(which=os.PRIO_PROCESS, who=0, priority=niceness), os.nice(0) == niceness)


worker = threading.Thread(target=work)
worker.start()
worker.join()
leave.set()
thread.join()
while os.path.exists(f"/proc/self/task/{thread.native_id}"):
    time.sleep(0.01)
for native in (thread.native_id, 2**31 - 1, -1):
    for ask in (
        os.sched_getaffinity,
        lambda native: os.sched_setaffinity(native, mine),
        lambda native: os.getpriority(os.PRIO_PROCESS, native),
    ):
        try:
            ask(native)
        except OSError as error:
            print(type(error).__name__, error)
for call in (lambda: os.sched_getaffinity("text"), lambda: os.nice("text"), lambda: os.sched_setaffinity(0, [])):
    try:
        call()
    except Exception as error:
        print(type(error).__name__, error)
print(os.sched_getaffinity(0) == mine, os.getpriority(os.PRIO_PROCESS, 0) == niceness)
