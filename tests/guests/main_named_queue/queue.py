# as: queue.py
"""A script that has the name of a standard module, and waits."""

import threading
import time

thread = threading.Thread(target=time.sleep, args=(0.01,))
thread.start()
thread.join()
print(__name__, __file__, thread.is_alive())
