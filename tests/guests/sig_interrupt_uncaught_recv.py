# ends: -2
# stderr: yes
"""KeyboardInterrupt inside recv, uncaught."""

import os
import signal
import socket
import threading
import time


def interrupt():
    time.sleep(0.05)
    os.kill(os.getpid(), signal.SIGINT)


left, right = socket.socketpair()
threading.Thread(target=interrupt).start()
left.recv(1)
