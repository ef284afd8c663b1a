"""An fd is closed while another thread is in a call on it: the call goes on, as it has the open file.

The kind: whatever waits for one fd, a socket or a pipe, by a method, `os` or a file object, and however it is closed. A
socket with a time-out learns of the close when its wait is over. A number that is used again is somebody else's.
"""

import os
import select
import socket
import threading
import time


def meanwhile(name, call, *steps):
    """`call` in a thread that is inside of it when the steps are taken."""
    begun, told = threading.Event(), []

    def run():
        begun.set()
        try:
            told.append(call())
        except Exception as error:
            told.append(repr(error))

    thread = threading.Thread(target=run)
    thread.start()
    begun.wait()
    time.sleep(0.1)
    for step in steps:
        step()
    thread.join()
    print(name, *told)


def received(sock):
    buffer = bytearray(3)
    return sock.recv_into(buffer), buffer


for name, call in (
    ("recv", lambda sock: sock.recv(3)),
    ("recv_into", received),
    ("recvfrom", lambda sock: sock.recvfrom(3)[0]),
    ("recvmsg", lambda sock: sock.recvmsg(3)[0]),
    ("waitall", lambda sock: sock.recv(1, socket.MSG_PEEK)),
    ("read", lambda sock: os.read(sock.fileno(), 3)),
    ("makefile", lambda sock: sock.makefile("rb", 0).read(3)),
):
    for close in (socket.socket.close, lambda sock: os.close(sock.detach())):
        a, b = socket.socketpair()
        if name != "makefile" or close is socket.socket.close:
            meanwhile(
                name, lambda a=a, call=call: call(a), lambda a=a, close=close: close(a), lambda b=b: b.send(b"abc")
            )
a, b = socket.socketpair()
meanwhile("shut down", lambda: a.recv(1), lambda: a.shutdown(socket.SHUT_RDWR), a.close)
a, b = socket.socketpair()
meanwhile("peer closes", lambda: a.recv(1), a.close, b.close)
a, b = socket.socketpair()
b.setblocking(False)
meanwhile("peer waits", lambda: a.recv(1), a.close, lambda: time.sleep(0.01), lambda: b.send(b"x"))
b.setblocking(True)
print(b.recv(1))
a, b = socket.socketpair()
a.settimeout(9)
meanwhile("time-out", lambda: a.recv(1), a.close, lambda: b.send(b"x"))
listener = socket.create_server(("127.0.0.1", 0))
where = listener.getsockname()
clients = []
meanwhile(
    "accept",
    lambda: listener.accept()[0].recv(1),
    listener.close,
    lambda: clients.append(socket.create_connection(where)),
    lambda: clients[0].send(b"x"),
)
try:
    socket.create_connection(where)
except OSError as error:
    print("connect", type(error).__name__)
r, w = os.pipe()
meanwhile("os.read", lambda: os.read(r, 3), lambda: os.close(r), lambda: os.write(w, b"abc"))
r, w = os.pipe()
meanwhile("dup2", lambda: os.read(r, 3), lambda: os.dup2(w, r), lambda: os.write(w, b"abc"))
r, w = os.pipe()
f = open(r, "rb", 0)
meanwhile("raw file", lambda: f.read(3), f.close, lambda: os.write(w, b"abc"))
r, w = os.pipe()
kept = os.dup(r)
meanwhile(
    "os.write",
    lambda: os.write(w, bytes(200_000)),
    lambda: os.close(w),
    lambda: print(len(open(kept, "rb").read(200_000))),
)
a, b = socket.socketpair()
epoll = select.epoll()
epoll.register(a, select.EPOLLIN)
meanwhile("epoll", lambda: len(epoll.poll()), epoll.close, lambda: b.send(b"x"))
a, b = socket.socketpair()
number, others = a.fileno(), []
meanwhile(
    "number used again",
    lambda: a.recv(3),
    a.close,
    lambda: others.extend(socket.socketpair()),
    lambda: os.dup2(others[0].fileno(), number),
    lambda: others[1].send(b"new"),
    lambda: b.send(b"abc"),
)
print(os.read(number, 3))

idle = socket.create_server(("127.0.0.1", 0))
threading.Thread(target=idle.accept, daemon=True).start()
time.sleep(0.1)
idle.close()
time.sleep(0.01)
