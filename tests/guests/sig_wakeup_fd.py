"""The program's own wake-up descriptor gets each signal's number."""

import os
import signal
import socket
import threading

left, right = socket.socketpair()
left.setblocking(False)
print(signal.set_wakeup_fd(left.fileno()) == -1)
signal.signal(signal.SIGUSR1, lambda number, frame: None)
signal.signal(signal.SIGUSR2, lambda number, frame: None)
got = []
thread = threading.Thread(target=lambda: got.extend((right.recv(1), right.recv(1))))
thread.start()
os.kill(os.getpid(), signal.SIGUSR1)
os.kill(os.getpid(), signal.SIGUSR2)
thread.join()
print(got, signal.set_wakeup_fd(-1) == left.fileno(), signal.set_wakeup_fd(-1))
