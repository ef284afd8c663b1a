# signal: HUP after ready
# ends: -1
"""A signal at its default ends a process that hangs in C code, in a lock that only this thread could release."""

import ctypes
import threading
import time

library = ctypes.CDLL(None)
mutex = ctypes.create_string_buffer(256)
library.pthread_mutex_lock(mutex)
threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
print("ready", flush=True)
library.pthread_mutex_lock(mutex)
