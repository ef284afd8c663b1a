"""Threads wait for children; the files that are opened meanwhile have the numbers that they have with threads."""

import os
import subprocess
import sys
import threading
import time

children = [subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) for _ in range(2)]
waiters = [threading.Thread(target=child.wait) for child in children]
for waiter in waiters:
    waiter.start()
time.sleep(0.01)
fds = [os.open(os.devnull, os.O_RDONLY) for _ in range(3)]
print(fds, [child.stdin.fileno() for child in children])
for child in children:
    child.communicate(b"\n")
for waiter in waiters:
    waiter.join()
print([child.returncode for child in children])
