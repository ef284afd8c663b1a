# stderr: yes
"""Exit functions run last first; one that fails is reported and the others still run."""

import atexit
import sys
import threading
import time


def say(*words):
    print(*words, threading.current_thread().name, threading.active_count(), file=sys.stderr)


def fail():
    raise ValueError("in an exit function")


def nested():
    atexit.register(say, "registered at exit")
    say("nested")


atexit.register(say, "last")
atexit.register(fail)
atexit.register(time.sleep, 0.01)
gone = atexit.register(say, "never")
atexit.register(nested)
atexit.register(say, "first", "with", "words")
atexit.unregister(gone)
say("main")
