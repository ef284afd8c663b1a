# signal: INT after ready
# ends: -2
# stderr: yes
"""SIGINT from outside, with threads: they are interrupted by nothing and finish first."""

import threading
import time

leave = threading.Event()


def work():
    time.sleep(0.05)
    print("ready", flush=True)
    leave.wait()
    print("the thread finishes")


threading.Thread(target=work).start()
try:
    time.sleep(30)
finally:
    leave.set()
    print("finally")
