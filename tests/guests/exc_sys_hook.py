# ends: 1
# stderr: yes
"""sys.excepthook replaced: used for main, not for threads."""

import sys
import threading


def hook(kind, value, trace):
    print("hook", kind.__name__, value, trace.tb_frame.f_code.co_name, trace.tb_next is None)


def fail():
    raise ValueError("in a thread")


sys.excepthook = hook
thread = threading.Thread(target=fail)
thread.start()
thread.join()
raise LookupError("in main")
