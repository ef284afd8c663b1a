# ends: 8
"""os._exit in a thread, while main waits."""

import os
import threading
import time


def leave():
    time.sleep(0.02)
    print("leaving", flush=True)
    os._exit(8)


threading.Thread(target=leave).start()
threading.Event().wait()
