# signal: USR1 after ready
# ends: -10
"""SIGUSR1 without a handler ends the process too."""

import threading

thread = threading.Thread(target=threading.Event().wait)
thread.start()
print("ready", flush=True)
thread.join()
