"""The wake-up descriptor gets the numbers of signals that were sent and nothing else, whatever computes meanwhile."""

import os
import signal
import socket
import threading
import time

left, right = socket.socketpair()
left.setblocking(False)
right.setblocking(False)
signal.set_wakeup_fd(left.fileno())
signal.signal(signal.SIGUSR1, lambda number, frame: print("handled"))
done = []
threading.Thread(target=lambda: (time.sleep(0.001), done.append(True))).start()
until = time.monotonic() + 0.05
while not done or time.monotonic() < until:
    pass
try:
    print(right.recv(100))
except BlockingIOError:
    print("nothing")
os.kill(os.getpid(), signal.SIGUSR1)
print(right.recv(100))
for fd in (-2, 1 << 40, "1", right.fileno() + 100, 0.5):
    try:
        print(signal.set_wakeup_fd(fd))
    except Exception as error:
        print(repr(error))
os.set_blocking(right.fileno(), True)
try:
    signal.set_wakeup_fd(right.fileno())
except ValueError as error:
    print("blocking" in str(error))
print(signal.set_wakeup_fd(-1) == left.fileno())
os.kill(os.getpid(), signal.SIGUSR1)
