# ends: 7
"""os._exit in main, with threads waiting and exit functions registered."""

import atexit
import os
import threading
import time

atexit.register(print, "must not be printed")
threading.Thread(target=time.sleep, args=(30,)).start()
threading.Thread(target=threading.Event().wait).start()
print("main", flush=True)
os._exit(7)
