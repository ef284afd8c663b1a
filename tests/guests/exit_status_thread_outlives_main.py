# ends: 9
"""sys.exit in main waits for threads, and keeps its status even when a thread leaves with another."""

import os
import sys
import threading
import time


def work():
    time.sleep(0.05)
    print("finished", os.getpid() == threading.main_thread().native_id, flush=True)
    sys.exit(4)


threading.Thread(target=work).start()
sys.exit(9)
