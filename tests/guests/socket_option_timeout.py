"""SO_RCVTIMEO and SO_SNDTIMEO: a time-out of the kernel's own."""

import socket
import struct
import threading

left, right = socket.socketpair()
left.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", 0, 20000))


def receive():
    try:
        print(left.recv(1))
    except OSError as error:
        print(type(error).__name__, error)


receive()
thread = threading.Thread(target=receive)
thread.start()
thread.join()
right.send(b"x")
receive()
print(struct.unpack("ll", left.getsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, 16))[0], left.gettimeout())
