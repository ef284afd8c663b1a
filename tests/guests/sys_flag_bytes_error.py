# flags: -bb
# ends: 1
# stderr: yes
"""-bb makes them errors."""

import queue
import socket
import threading

left, right = socket.socketpair()
threading.Thread(target=left.sendall, args=(b"data",)).start()
print(right.recv(4), queue.Queue().qsize())
print(b"a" == "a")
