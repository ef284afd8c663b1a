# args: once
# ends: 6
"""A program that replaces itself from a thread, while other threads wait; its sockets are not inherited."""

import os
import socket
import sys
import threading
import time

left, right = socket.socketpair()


def replace():
    time.sleep(0.02)
    os.execv(sys.executable, [sys.executable, __file__, "twice", str(left.fileno())])


print(sys.argv[1:2], threading.active_count(), flush=True)
if sys.argv[1] == "twice":
    try:
        os.fstat(int(sys.argv[2]))
    except OSError as error:
        print(error.strerror)
    sys.exit(6)
threading.Thread(target=replace).start()
threading.Thread(target=left.recv, args=(1,)).start()
time.sleep(30)
