# stderr: yes
"""os.fork in a thread: that thread is the child's main one; it ends like a thread does, and so the child."""

import os
import sys
import threading
import warnings

warnings.simplefilter("ignore")
leave = threading.Event()


def fork(end):
    child = os.fork()
    if child == 0:
        print("child", threading.active_count(), threading.current_thread().name, flush=True)
        end()
        return
    print("parent", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), threading.active_count(), flush=True)


def fail():
    raise ValueError("in a forked thread")


other = threading.Thread(target=leave.wait)
other.start()
for end in (lambda: os._exit(5), lambda: sys.exit(6), fail, lambda: None):
    thread = threading.Thread(target=fork, args=(end,), name="forker")
    thread.start()
    thread.join()
leave.set()
other.join()
