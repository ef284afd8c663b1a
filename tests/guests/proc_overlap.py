"""Threads that wait for children wait together, and other threads go on meanwhile."""

import os
import subprocess
import threading
import time

ticks = []
start = time.monotonic()


def tick():
    while any(thread.is_alive() for thread in threads):
        ticks.append(1)
        time.sleep(0.01)


threads = [threading.Thread(target=subprocess.run, args=(["sleep", "0.2"],)) for _ in range(4)]
for thread in threads:
    thread.start()
ticking = threading.Thread(target=tick)
ticking.start()
for thread in threads:
    thread.join()
ticking.join()
print(len(ticks) >= 5, time.monotonic() - start < 0.75)
child = os.posix_spawn("/bin/sh", ["sh", "-c", "exit 6"], os.environ)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), os.waitstatus_to_exitcode(os.system("exit 7")))
with os.popen("echo popen") as pipe:
    print(pipe.read())
