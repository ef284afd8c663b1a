# signal: TERM after ready
# ends: -15
"""SIGTERM ends the process whatever its threads do."""

import socket
import threading
import time

left, right = socket.socketpair()
for wait in (lambda: time.sleep(30), threading.Event().wait, lambda: left.recv(1)):
    threading.Thread(target=wait).start()
print("ready", flush=True)
threading.Lock().acquire()
while True:
    pass
