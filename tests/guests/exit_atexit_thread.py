# stderr: yes
"""Starting a thread in an exit function: allowed up to 3.11, refused since 3.12."""

import atexit
import threading


def start():
    thread = threading.Thread(target=print, args=("started",))
    thread.start()
    thread.join()
    print("joined")


atexit.register(start)
