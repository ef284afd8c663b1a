"""The kernel's identities of live threads are all different, and name threads the kernel knows."""

import os
import threading

barrier = threading.Barrier(21)
natives, known = [], []


def work():
    natives.append(threading.get_native_id())
    known.append(os.path.exists(f"/proc/self/task/{threading.get_native_id()}"))
    barrier.wait()


threads = [threading.Thread(target=work) for _ in range(20)]
for thread in threads:
    thread.start()
barrier.wait()
for thread in threads:
    thread.join()
print(len(set(natives)), all(known), os.getpid() in natives)
