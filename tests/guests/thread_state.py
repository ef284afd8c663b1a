"""What the interpreter keeps for each thread of the system belongs to each thread of the program.

The kind: the dict of PyThreadState_GetDict (ctypes' errno, the guard of repr, what C modules put there), the number of
PyThreadState_GetID, hooks for asynchronous generators, the tracking of where coroutines come from. New threads have
nothing of it, and it is let go of before a thread's joiners go on; so are context variables.
"""

import contextvars
import ctypes
import sys
import threading
import weakref

borrowed_dict = ctypes.pythonapi.PyThreadState_GetDict
borrowed_dict.restype = ctypes.c_void_p
thread_state = ctypes.pythonapi.PyThreadState_Get
thread_state.restype = ctypes.c_void_p
get_id = ctypes.pythonapi.PyThreadState_GetID
get_id.restype, get_id.argtypes = ctypes.c_uint64, [ctypes.c_void_p]
variable = contextvars.ContextVar("variable", default=None)


def get_dict():
    return ctypes.cast(borrowed_dict(), ctypes.py_object).value


class Thing:
    """Can be referred to weakly."""


def in_turns(*functions):
    """Each function in a thread: the first parts of all, then their second parts. Prints what they return."""
    first, second, results = threading.Barrier(len(functions)), threading.Barrier(len(functions)), {}

    def work(number, function):
        begin, end = function
        begin(number)
        first.wait()
        results[number] = end(number)
        second.wait()

    threads = [threading.Thread(target=work, args=each) for each in enumerate(functions, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(results.items())


ctypes.set_errno(99)
print("errno", in_turns(*[(ctypes.set_errno, lambda number: ctypes.get_errno())] * 3), ctypes.get_errno())

get_dict()["guest"] = 0


def begin(number):
    get_dict().setdefault("guest", number)


print("dict", in_turns(*[(begin, lambda number: get_dict()["guest"])] * 3), get_dict()["guest"])

# Without the parts in C the number of the thread of the system is all there is.
numbers = [get_id(thread_state())]
same = in_turns(*[(lambda number: None, lambda number: get_id(thread_state()) == get_id(thread_state()))] * 2)
print("id", same, numbers[0] == get_id(thread_state()))


def set_hooks(number):
    sys.set_asyncgen_hooks(firstiter=number.__add__)


print("hooks", in_turns(*[(set_hooks, lambda number: sys.get_asyncgen_hooks().firstiter(0))] * 3))
print(sys.get_asyncgen_hooks())

set_depth = sys.set_coroutine_origin_tracking_depth
print("depth", in_turns(*[(set_depth, lambda number: sys.get_coroutine_origin_tracking_depth())] * 3))
print(sys.get_coroutine_origin_tracking_depth())


class Shown:
    """Waits while it is shown: another thread shows the same list meanwhile."""

    def __repr__(self):
        if threading.current_thread() is slow:
            shows.set()
            shown.wait()
        return "shown"


shows, shown, things = threading.Event(), threading.Event(), [Shown()]
things.append(things)
slow = threading.Thread(target=lambda: print("slow", things))
slow.start()
shows.wait()
print("quick", things)
shown.set()
slow.join()


def leaves_behind():
    things = [Thing() for _ in range(4)]
    get_dict()["left behind"] = things[0]
    variable.set(things[1])
    sys.set_asyncgen_hooks(finalizer=lambda generator, thing=things[2]: None)
    local.thing = things[3]
    left.extend(map(weakref.ref, things))
    sys.set_coroutine_origin_tracking_depth(7)


def finds():
    hooks = sys.get_asyncgen_hooks()
    print("found", "left behind" in get_dict(), variable.get(), hooks, sys.get_coroutine_origin_tracking_depth())


local, left = threading.local(), []
for _ in range(3):
    for function in (leaves_behind, finds):
        thread = threading.Thread(target=function)
        thread.start()
        thread.join()
print("left", [each() for each in left])
