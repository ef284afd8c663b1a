"""makefile: lines, buffers, both ways, closing order, time-outs."""

import socket
import threading
import time

left, right = socket.socketpair()


def write():
    with left.makefile("w", encoding="utf-8", newline="\n") as file:
        for number in range(3):
            time.sleep(0.005)
            print("line", number, "ü", file=file, flush=True)
    left.shutdown(socket.SHUT_WR)


thread = threading.Thread(target=write)
thread.start()
with right.makefile("r", encoding="utf-8") as file:
    print(file.readline(), file.read(), file.name == right.fileno(), file.mode)
thread.join()
file = right.makefile("rwb", buffering=0)
right.close()
print(right.fileno() >= 0, file.readable(), file.writable(), file.seekable(), type(file).__name__, file.mode)
file.write(b"still open")
print(left.recv(100))
file.close()
print(left.recv(1), right.fileno())
left, right = socket.socketpair()
right.settimeout(0.01)
file = right.makefile("rb")
for _ in range(2):
    try:
        file.read(1)
    except OSError as error:
        print(type(error).__name__, error)
try:
    right.makefile("x")
except ValueError as error:
    print(error)
