# signal: INT after ready
# ends: -2
# stderr: yes
"""SIGINT from outside, with threads: they are interrupted by nothing and finish first."""

import threading
import time

leave = threading.Event()


def work():
    leave.wait()
    print("the thread finishes")


threading.Thread(target=work).start()
try:
    print("ready", flush=True)
    time.sleep(30)
finally:
    leave.set()
    print("finally")
