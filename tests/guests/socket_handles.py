"""dup, detach, fromfd, fileno given, inheritable, subclasses, pickling, isinstance."""

import copy
import os
import pickle
import re
import socket
import threading


class Own(socket.socket):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.extra = "kept"

    def recv(self, *args):
        return b"own " + super().recv(*args)


def send_later(sock):
    threading.Timer(0.01, sock.send, (b"data",)).start()


left, right = socket.socketpair()
copies = [right.dup(), socket.fromfd(right.fileno(), right.family, right.type), Own(fileno=os.dup(right.fileno()))]
for each in copies:
    send_later(left)
    print(
        type(each).__name__, each.family.name, each.recv(100), each.get_inheritable(), isinstance(each, socket.socket)
    )
print(copies[2].extra, vars(copies[2]), Own.__mro__[1:])
number = right.detach()
print(right.fileno(), number >= 0, re.sub(r"fd=\d+", "fd=..", repr(copies[0])))
again = socket.socket(fileno=number)
send_later(left)
print(again.recv(100), again.family.name, again.type.name)
for call in (pickle.dumps, copy.copy):
    try:
        call(again)
    except TypeError as error:
        print(error)
for arguments in ({"fileno": -5}, {"fileno": 9999}, {"family": -7}, {"fileno": "text"}, {"family": 1, "type": 99}):
    try:
        socket.socket(**arguments)
    except Exception as error:
        print(type(error).__name__, error)
with again as entered:
    print(entered is again)
print(again.fileno(), isinstance(again, socket.SocketType), socket.SocketType.__name__)
