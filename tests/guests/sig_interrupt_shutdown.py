# signal: INT after ready
# stderr: yes
"""SIGINT while main is done and the interpreter waits for a thread."""

import sys
import threading
import time


def work():
    threading.main_thread().join()
    time.sleep(0.05)
    print("ready", flush=True)
    time.sleep(0.2)
    sys.stdout.flush()


threading.Thread(target=work).start()
