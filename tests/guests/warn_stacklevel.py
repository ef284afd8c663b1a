# stderr: yes
"""Where a warning is said to come from, in main and in a thread, whatever the stack level."""

import threading
import warnings


def outer(level):
    warnings.warn(f"level {level}", stacklevel=level)


def all_levels():
    for level in range(1, 8):
        outer(level)


all_levels()
thread = threading.Thread(target=all_levels)
thread.start()
thread.join()
warnings.warn("shown once", stacklevel=1)
warnings.warn("deprecated in main", DeprecationWarning, stacklevel=1)
