"""Python 3.12 and later warn of os.fork when the process has other threads at that moment, and only then."""

import os
import re
import threading
import time
import warnings


def fork():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        child = os.fork()
        if child == 0:
            os._exit(5)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    for warning in caught:
        print(warning.category.__name__, re.sub(r"pid=\d+", "pid=..", str(warning.message)), warning.lineno)


fork()
leave = threading.Event()
thread = threading.Thread(target=leave.wait)
thread.start()
fork()
leave.set()
thread.join()
until = time.monotonic() + 1
while len(os.listdir("/proc/self/task")) > 1 and time.monotonic() < until:
    time.sleep(0.001)  # python's thread has been joined before the kernel has done with it
fork()
before = warnings.filters[:]
child = os.fork()
if child == 0:
    os._exit(warnings.filters != before)
print(os.waitpid(child, 0)[1], warnings.filters == before)
