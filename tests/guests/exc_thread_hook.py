# stderr: yes
"""threading.excepthook replaced, one that fails itself, and the default one by hand."""

import threading
import traceback


def show(args):
    print(type(args).__name__, args.exc_type, args.exc_value, args.thread.name, args.thread is threads[-1])
    print([(frame.name, frame.line) for frame in traceback.extract_tb(args.exc_traceback)])


def fail_too(args):
    raise TypeError("the hook fails")


def fail():
    raise ValueError("in a thread")


threads = []
for threading.excepthook in (show, fail_too, threading.__excepthook__):
    threads.append(threading.Thread(target=fail))
    threads[-1].start()
    threads[-1].join()
args = threading.ExceptHookArgs((ValueError, ValueError("by hand"), None, threads[0]))
threading.excepthook(args)
threading.excepthook = None
try:
    threading.Thread(target=fail)
except RuntimeError as error:
    print(error)
