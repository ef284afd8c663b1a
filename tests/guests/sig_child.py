"""SIGCHLD wakes a waiting main; the child is collected by the handler."""

import os
import queue
import signal
import threading

collected = queue.SimpleQueue()  # an Event's lock may be held by main when the handler comes, under python as well


def handle(number, frame):
    found, status = os.waitpid(-1, os.WNOHANG)
    print(found == child, os.waitstatus_to_exitcode(status), threading.current_thread().name)
    collected.put(True)


signal.signal(signal.SIGCHLD, handle)
reader, writer = os.pipe()
child = os.fork()
if child == 0:
    os.close(writer)
    os.read(reader, 1)
    os._exit(7)
os.close(writer)
print(collected.get(timeout=5))
