"""Threads that write into one buffered file over a socket: who finds it busy waits."""

import socket
import threading

left, right = socket.socketpair()
received = []


def read():
    while data := right.recv(1 << 16):
        received.append(data)


def write(file, letter):
    for _ in range(200):
        file.write(letter * 4096)
    file.flush()


reader = threading.Thread(target=read)
reader.start()
with left, left.makefile("wb", buffering=1 << 16) as file:
    writers = [threading.Thread(target=write, args=(file, letter)) for letter in (b"a", b"b", b"c")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    print(type(file).__name__)
reader.join()
data = b"".join(received)
print(len(data), [data.count(letter) for letter in (b"a", b"b", b"c")])
