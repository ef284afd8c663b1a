# ends: 1
# stderr: yes
"""An uncaught exception in main is shown first, then threads finish, then exit functions run."""

import atexit
import sys
import threading
import time


def work():
    threading.main_thread().join()
    time.sleep(0.02)
    print("thread finished", file=sys.stderr)


atexit.register(print, "at exit", file=sys.stderr)
threading.Thread(target=work).start()
raise RuntimeError("main failed")
