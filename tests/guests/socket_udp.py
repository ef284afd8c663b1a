"""UDP: sendto, recvfrom, recvfrom_into, connected datagrams, truncation."""

import socket
import threading

left, right = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
for each in (left, right):
    each.bind(("127.0.0.1", 0))
got = []


def receive():
    data, address = right.recvfrom(100)
    got.append((data, address == left.getsockname()))
    buffer = bytearray(10)
    count, address = right.recvfrom_into(buffer)
    got.append((count, bytes(buffer)))
    got.append(right.recv(3))
    got.append(right.recvmsg(100)[0])
    got.append(right.recv(10))


thread = threading.Thread(target=receive)
thread.start()
print(left.sendto(b"one", right.getsockname()), left.sendto(b"two", 0, right.getsockname()))
left.connect(right.getsockname())
print(left.send(b"truncated"), left.sendmsg([b"in ", b"parts"]), left.send(b""))
thread.join()
print(got)
right.settimeout(0.01)
try:
    right.recvfrom(10)
except TimeoutError as error:
    print(repr(error))
