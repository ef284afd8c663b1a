# stderr: yes
"""Exit functions run last first; one that fails is reported and the others still run."""

import atexit
import sys
import threading
import time


class Fail:
    def __call__(self):
        raise ValueError("in an exit function")

    def __repr__(self):
        return "Fail()"


def say(*words):
    print(*words, threading.current_thread().name, threading.active_count(), file=sys.stderr)


def nested():
    atexit.register(say, "registered at exit")
    say("nested")


def never():
    say("never")


atexit.register(say, "last")
atexit.register(Fail())
atexit.register(time.sleep, 0.01)
atexit.register(never)
atexit.register(nested)
atexit.register(say, "first", "with", "words")
atexit.unregister(never)
say("main")
