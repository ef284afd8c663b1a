# ends: 1
# stderr: yes
"""An uncaught time-out of a socket, in a thread and in main."""

import socket
import threading

left, right = socket.socketpair()
left.settimeout(0.02)


def receive():
    left.recv(1)


thread = threading.Thread(target=receive)
thread.start()
thread.join()
receive()
