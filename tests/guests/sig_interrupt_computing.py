"""SIGINT interrupts main while it computes, and not the thread that computes too."""

import os
import signal
import threading
import time

stop = threading.Event()
counted = []


def compute():
    number = 0
    while not stop.is_set():
        number += 1
    counted.append(number > 0)


def interrupt():
    time.sleep(0.05)
    os.kill(os.getpid(), signal.SIGINT)


threads = [threading.Thread(target=compute), threading.Thread(target=interrupt)]
try:
    for thread in threads:
        thread.start()
    while True:
        pass
except KeyboardInterrupt:
    print("interrupted")
stop.set()
for thread in threads:
    thread.join()
print(counted)
