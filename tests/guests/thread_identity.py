"""Identities of live threads are all different, and main's are the process's own."""

import os
import threading
import time

barrier = threading.Barrier(51)
identities = []
clocks = []


def work():
    identities.append(threading.get_ident())
    clocks.append(time.clock_gettime(time.pthread_getcpuclockid(threading.get_ident())))
    barrier.wait()


threads = [threading.Thread(target=work) for _ in range(50)]
for thread in threads:
    thread.start()
barrier.wait()
for thread in threads:
    thread.join()
print(len(set(identities)), min(identities) > 0, threading.get_ident() in identities)
print(sorted(identities) == sorted(thread.ident for thread in threads))
print(threading.get_native_id() == os.getpid(), threading.main_thread().ident == threading.get_ident())
print(len({thread.native_id for thread in threads} | {threading.get_native_id()}))
print(len(clocks), min(clocks) >= 0)
