# flags: -W error
# ends: 1
# stderr: yes
"""A warning made an error, uncaught in a thread and in main."""

import threading
import warnings


def work():
    warnings.warn("uncaught", stacklevel=2)


thread = threading.Thread(target=work)
thread.start()
thread.join()
work()
