"""After a fork in a thread only that thread exists in the child; locks held by others stay held or are reset."""

import os
import sys
import threading
import time
import warnings

warnings.simplefilter("ignore")
held = threading.Lock()
leave = threading.Event()


def hold():
    with held:
        leave.wait()


def fork():
    child = os.fork()
    if child == 0:
        current = threading.current_thread()
        print(
            threading.active_count(), current.name, threading.main_thread() is current, held.locked(), holder.is_alive()
        )
        print(held.acquire(timeout=0.01), current.native_id == os.getpid())
        thread = threading.Thread(target=time.sleep, args=(0.01,), name="in the child")
        thread.start()
        thread.join()
        print(thread, file=sys.stderr) if thread.is_alive() else None
        sys.stdout.flush()
        os._exit(4)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), threading.active_count())


holder = threading.Thread(target=hold, name="holder")
holder.start()
while not held.locked():
    time.sleep(0.001)
forker = threading.Thread(target=fork, name="forker")
forker.start()
forker.join()
leave.set()
holder.join()
