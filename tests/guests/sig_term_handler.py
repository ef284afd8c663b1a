# signal: TERM after ready
# ends: 3
"""A handler that leaves by SystemExit: finally and exit functions run."""

import atexit
import signal
import sys
import threading


def handle(number, frame):
    print("handler", number, threading.current_thread().name, type(frame).__name__)
    sys.exit(3)


signal.signal(signal.SIGTERM, handle)
atexit.register(print, "at exit")
try:
    print("ready", flush=True)
    threading.Event().wait()
finally:
    print("finally")
