"""A thread with a stack larger than the process's own: deep recursion through C code, C code that needs much at once.

What the process hands to its children stays what it was.
"""

import ctypes
import functools
import resource
import subprocess
import sys
import threading

sys.setrecursionlimit(1_000_000)
limits = resource.getrlimit(resource.RLIMIT_STACK)
print(threading.stack_size(512 << 20))


@functools.lru_cache(None)
def depth(number):
    if number == 0:
        middle.wait()
        return 0
    return depth(number - 1) + 1


class Large(ctypes.Structure):
    _fields_ = [("data", ctypes.c_char * (20 << 20))]


def recurse():
    """Before 3.12 only the limit set above counts; later versions stop by themselves."""
    try:
        said.append(f"depth {depth(60_000)}")
    except RecursionError:
        said.append("RecursionError")
        middle.wait()


def push():
    """An argument of this size goes over the C stack."""
    said.append(f"pushed {ctypes.CDLL(None).abs(Large()) is not None}")


def meanwhile():
    """Another thread runs while the first is far down."""
    push()
    middle.wait()


said = []
middle = threading.Barrier(2)
for jobs in ((push,), (recurse, meanwhile)):
    threads = [threading.Thread(target=job) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
print(*sorted(said), sep="\n")
for size in (64 << 20, 0, 1, -1, "text", 512 << 20):
    try:
        print(threading.stack_size(size) >> 20)
    except Exception as error:
        print(type(error).__name__, error)
print(resource.getrlimit(resource.RLIMIT_STACK) == limits)
child = "import resource; print(resource.getrlimit(resource.RLIMIT_STACK))"
print(subprocess.run([sys.executable, "-c", child], capture_output=True, text=True).stdout == f"{limits}\n")
