# ends: -2
# stderr: yes
"""KeyboardInterrupt inside Queue.get, uncaught."""

import os
import queue
import signal
import threading
import time


def interrupt():
    time.sleep(0.05)
    os.kill(os.getpid(), signal.SIGINT)


threading.Thread(target=interrupt).start()
queue.Queue().get()
