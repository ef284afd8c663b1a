# ends: -2
# stderr: yes
"""KeyboardInterrupt inside Lock.acquire, uncaught."""

import os
import signal
import threading
import time


def interrupt():
    time.sleep(0.05)
    os.kill(os.getpid(), signal.SIGINT)


threading.Thread(target=interrupt).start()
lock = threading.Lock()
lock.acquire()
with lock:
    print("not reached")
