# signal: TERM after ready
# ends: -15
"""A signal at its default ends the process in the middle of a C call that computes, which no Python handler can."""

import threading
import time

threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
print("ready", flush=True)
sum(range(10**12))
