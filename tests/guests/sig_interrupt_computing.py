"""SIGINT interrupts main while it computes, and not the thread that computes too."""

import os
import signal
import threading
import time

stop = threading.Event()
counted = []


def compute():
    while not stop.is_set():
        counted.append(1)
        del counted[1:]


def interrupt():
    time.sleep(0.05)
    os.kill(os.getpid(), signal.SIGINT)


threading.Thread(target=compute).start()
threading.Thread(target=interrupt).start()
try:
    while True:
        pass
except KeyboardInterrupt:
    print("interrupted")
stop.set()
print(counted)
