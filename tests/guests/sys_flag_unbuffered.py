# flags: -u
# ends: 3
"""-u writes at once: nothing is lost when the process ends without flushing."""

import os
import sys
import threading

print(sys.stdout.write_through, sys.stdout.line_buffering)
thread = threading.Thread(target=lambda: print("from a thread"))
thread.start()
thread.join()
os._exit(3)
