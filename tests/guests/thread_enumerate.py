"""enumerate and active_count, with raw threads that show up as dummies."""

import _thread
import re
import threading

leave, looked = threading.Event(), threading.Semaphore(0)


def raw():
    current = threading.current_thread()
    print(
        current.name, current.daemon, type(current).__name__, current.is_alive(), re.sub(r"\d{4,}", "..", repr(current))
    )
    try:
        current.join()
    except Exception as error:
        print(type(error).__name__, error)
    looked.release()
    leave.wait()


def names():
    return sorted(thread.name for thread in threading.enumerate())


threads = [threading.Thread(target=leave.wait, name=f"worker {number}") for number in range(3)]
print(names())
for thread in threads:
    thread.start()
_thread.start_new_thread(raw, ())
looked.acquire()
print(names(), threading.active_count())
leave.set()
for thread in threads:
    thread.join()
print([name for name in names() if "Dummy" not in name])
