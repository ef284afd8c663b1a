# ends: 1
# stderr: yes
"""An uncaught RecursionError, in a thread and in main."""

import threading


def dive():
    dive()


thread = threading.Thread(target=dive)
thread.start()
thread.join()
dive()
