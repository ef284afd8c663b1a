"""settrace and setprofile reach new threads only, and only until they are taken back."""

import sys
import threading
import time

events = []


def trace(frame, event, arg):
    if frame.f_code.co_filename == __file__ and not event.startswith("c_"):
        events.append((threading.current_thread().name, event, frame.f_code.co_name, frame.f_lineno))
    return trace


def work():
    value = 1
    time.sleep(0.01)
    return value


def run(name):
    thread = threading.Thread(target=work, name=name)
    thread.start()
    thread.join()
    print(name, events)
    events.clear()


threading.settrace(trace)
print(threading.gettrace() is trace, sys.gettrace())
run("traced")
work()
threading.settrace(None)
threading.setprofile(trace)
run("profiled")
threading.setprofile(None)
run("neither")
sys.settrace(trace)
work()
run("main is traced")
sys.settrace(None)
print(events, sys.gettrace(), threading.gettrace())
