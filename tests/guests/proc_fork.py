"""os.fork in main: the child goes on with everything, exit functions included."""

import atexit
import os
import sys
import threading
import time

atexit.register(lambda: print(name, "at exit", flush=True))
os.register_at_fork(
    before=lambda: print("before", flush=True),
    after_in_parent=lambda: print("parent", flush=True) if parent_speaks else None,
    after_in_child=lambda: print("child", flush=True),
)
parent_speaks = False
name = "parent"
child = os.fork()
if child == 0:
    name = "child"
    results = []
    threads = [threading.Thread(target=lambda: (time.sleep(0.01), results.append(1))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(results, threading.current_thread().name, threading.main_thread().native_id == os.getpid())
    sys.exit(3)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
