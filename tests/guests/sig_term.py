# signal: TERM after ready
# ends: -15
"""SIGTERM ends the process at once: no finally, no exit functions."""

import atexit
import time

atexit.register(print, "must not be printed")
try:
    print("ready", flush=True)
    time.sleep(30)
finally:
    print("must not be printed")
