# stderr: yes
"""faulthandler shows the stack of the thread that asks."""

import faulthandler
import sys
import threading


def inner():
    faulthandler.dump_traceback(sys.stderr, all_threads=False)


def outer():
    inner()


outer()
thread = threading.Thread(target=outer)
thread.start()
thread.join()
