"""Descriptors travel through sockets: sendmsg with SCM_RIGHTS, and send_fds."""

import array
import os
import socket
import threading

left, right = socket.socketpair()


def send():
    reader, writer = os.pipe()
    os.write(writer, b"through the passed pipe")
    rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [reader]))
    left.sendmsg([b"x"], [rights])
    socket.send_fds(left, [b"y"], [reader, writer])
    os.close(reader)
    os.close(writer)


thread = threading.Thread(target=send)
thread.start()
data, ancillary, flags, address = right.recvmsg(1, socket.CMSG_SPACE(4))
level, kind, raw = ancillary[0]
(passed,) = array.array("i", raw)
print(data, level == socket.SOL_SOCKET, kind == socket.SCM_RIGHTS, os.read(passed, 7), address)
data, passed_twice, flags, address = socket.recv_fds(right, 1, 2)
print(data, len(passed_twice), os.read(passed_twice[0], 100), flags & socket.MSG_CTRUNC)
thread.join()
