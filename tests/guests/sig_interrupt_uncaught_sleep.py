# ends: -2
# stderr: yes
"""KeyboardInterrupt inside time.sleep, uncaught: the traceback ends at the call."""

import os
import signal
import threading
import time


def nap():
    time.sleep(30)


def interrupt():
    time.sleep(0.05)
    os.kill(os.getpid(), signal.SIGINT)


threading.Thread(target=interrupt).start()
nap()
