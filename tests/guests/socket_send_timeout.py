"""sendall and send give up when nobody reads."""

import socket

left, right = socket.socketpair()
left.settimeout(0.03)
for call in (left.sendall, left.send, lambda data: left.sendmsg([data])):
    try:
        while True:
            call(b"x" * 1000000)
    except TimeoutError as error:
        print(type(error).__name__, error)
left.setblocking(False)
try:
    left.send(b"x")
except BlockingIOError as error:
    print(error)
right.close()
for call in (left.send, left.sendall):
    try:
        call(b"x")
    except OSError as error:
        print(type(error).__name__, error)
