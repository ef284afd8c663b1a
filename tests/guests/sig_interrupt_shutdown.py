# signal: INT after ready
# stderr: yes
"""SIGINT while main is done and the interpreter waits for a thread."""

import os
import threading
import time


def work():
    threading.main_thread().join()
    time.sleep(0.05)
    os.write(1, b"ready\n")  # without the lock of sys.stdout, which may be held still when main wants it at the end
    time.sleep(0.3)


threading.Thread(target=work).start()
