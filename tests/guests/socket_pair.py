"""socketpair: messages, peeking, waiting for all, scattered and gathered data, end of file."""

import socket
import threading
import time

left, right = socket.socketpair()


def send_slowly():
    for part in (b"ab", b"cd", b"ef"):
        time.sleep(0.01)
        left.sendall(part)
    left.close()


thread = threading.Thread(target=send_slowly)
thread.start()
print(right.recv(1, socket.MSG_PEEK), right.recv(5, socket.MSG_WAITALL))
buffer = bytearray(4)
print(right.recv_into(buffer, 1), buffer, right.recv(10), right.recv(10), right.recv_into(buffer))
thread.join()
left, right = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
print(left.sendmsg([b"gathered ", memoryview(b"data")]), left.send(b"second"))
parts = [bytearray(4), bytearray(20)]
print(right.recvmsg_into(parts)[0], parts, right.recvmsg(3)[0:3:2])
print(right.recv(0), left.send(b""), right.family.name, right.type.name, right.proto)
for call, args in (
    (right.recv, (-1,)),
    (right.recv, ("text",)),
    (right.send, ("text",)),
    (right.sendall, (5,)),
    (right.recv_into, (b"constant",)),
    (right.recv_into, (bytearray(1), 5)),
    (right.recvmsg, (-1,)),
    (right.connect, (5,)),
    (right.shutdown, ("text",)),
):
    try:
        print(call(*args))
    except Exception as error:
        print(type(error).__name__, error)
