"""SIGCHLD wakes a waiting main; the child is collected by the handler."""

import os
import signal
import threading

collected = threading.Event()


def handle(number, frame):
    found, status = os.waitpid(-1, os.WNOHANG)
    print(found == child, os.waitstatus_to_exitcode(status), threading.current_thread().name)
    collected.set()


signal.signal(signal.SIGCHLD, handle)
reader, writer = os.pipe()
child = os.fork()
if child == 0:
    os.close(writer)
    os.read(reader, 1)
    os._exit(7)
os.close(writer)
print(collected.wait(5))
