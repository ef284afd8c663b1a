# redirect: 2>&-
# ends: 1
"""Started without a standard error: the traceback is lost, the status is not."""

import sys
import threading

thread = threading.Thread(target=int, args=("not a number",))
thread.start()
thread.join()
print(sys.stderr)
raise ValueError("lost")
