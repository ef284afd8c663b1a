"""Peers that go away while a thread waits, and use of closed sockets."""

import re
import socket
import struct
import threading
import time


def attempt(call, *args):
    try:
        print(call.__name__, call(*args))
    except Exception as error:
        print(call.__name__, type(error).__name__, error)


def after(call):
    return threading.Timer(0.02, call)


left, right = socket.socketpair()
after(right.close).start()
attempt(left.recv, 1)
attempt(left.send, b"x")
left, right = socket.socketpair()
after(lambda: left.shutdown(socket.SHUT_RD)).start()
attempt(left.recv, 1)
server = socket.create_server(("127.0.0.1", 0))
after(lambda: server.shutdown(socket.SHUT_RDWR)).start()
attempt(server.accept)
server = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(server.getsockname())
peer, _ = server.accept()
peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
after(peer.close).start()
attempt(client.recv, 1)
client.close()
for call, args in (
    (client.recv, (1,)),
    (client.send, (b"x",)),
    (client.sendall, (b"x",)),
    (client.accept, ()),
    (client.connect, (("127.0.0.1", 1),)),
    (client.shutdown, (2,)),
    (client.getsockname, ()),
    (client.settimeout, (1,)),
    (client.fileno, ()),
    (client.detach, ()),
    (client.close, ()),
    (client.makefile, ()),
):
    attempt(call, *args)
print(re.sub(r"\('.*'\)", "", repr(client)), client._closed)
time.sleep(0)
