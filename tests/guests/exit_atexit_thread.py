"""Starting a thread in an exit function: allowed or refused, depending on the version."""

import atexit
import threading


def start():
    thread = threading.Thread(target=print, args=("started",))
    try:
        thread.start()
        thread.join()
    except RuntimeError as error:
        print(error)
    print("joined", thread.is_alive())


atexit.register(start)
