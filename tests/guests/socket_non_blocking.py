"""Sockets that do not block: connect in progress, connect_ex, readiness by select, errors."""

import errno
import select
import socket

server = socket.create_server(("127.0.0.1", 0))
client = socket.socket()
client.setblocking(False)
print(errno.errorcode.get(client.connect_ex(server.getsockname()), 0) in ("EINPROGRESS", 0))
print(len(select.select([], [client], [], 5)[1]), client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
print(client.connect_ex(server.getsockname()) in (0, errno.EISCONN))
peer, _ = server.accept()
print(peer.getblocking(), client.getblocking())
try:
    client.recv(1)
except BlockingIOError as error:
    print(error)
peer.send(b"x")
print(len(select.select([client], [], [], 5)[0]), client.recv(10))
with socket.socket() as unused:
    unused.bind(("127.0.0.1", 0))
    address = unused.getsockname()
other = socket.socket()
other.setblocking(False)
try:
    other.connect(address)
except OSError as error:
    print(type(error).__name__, error)
select.select([], [other], [], 5)
print(errno.errorcode[other.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)])
