# signal: INT after ready
# stderr: yes
"""SIGINT while main is done and the interpreter waits for a thread."""

import threading
import time


def work():
    threading.main_thread().join()
    time.sleep(0.05)
    print("ready", flush=True)
    time.sleep(0.3)


threading.Thread(target=work).start()
