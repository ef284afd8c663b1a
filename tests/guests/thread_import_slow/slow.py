"""Waits while it is imported, for a thread of its own too."""

import threading
import time

print("imported once")
time.sleep(0.03)
thread = threading.Thread(target=time.sleep, args=(0.01,))
thread.start()
thread.join()
READY = "slow"
