# ends: -2
# stderr: yes
"""KeyboardInterrupt inside Thread.join, uncaught."""

import os
import signal
import threading
import time

leave = threading.Event()


def interrupt():
    time.sleep(0.05)
    os.kill(os.getpid(), signal.SIGINT)
    leave.wait(0.1)


thread = threading.Thread(target=interrupt)
thread.start()
thread.join()
