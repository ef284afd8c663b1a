"""The three kinds of time-out (blocking, with a limit, not blocking) for every call that waits."""

import socket
import threading

left, right = socket.socketpair()
server = socket.create_server(("127.0.0.1", 0))
datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
datagrams.bind(("127.0.0.1", 0))
CALLS = (
    (left, "recv", 1),
    (left, "recv_into", bytearray(1)),
    (left, "recvmsg", 1),
    (left, "recvmsg_into", [bytearray(1)]),
    (datagrams, "recvfrom", 1),
    (datagrams, "recvfrom_into", bytearray(1)),
    (server, "accept"),
)


def show():
    for timeout in (0.01, 0, 0.0, 1e-9):
        for sock, name, *args in CALLS:
            sock.settimeout(timeout)
            try:
                print(name, getattr(sock, name)(*args))
            except OSError as error:
                print(timeout, name, type(error).__name__, error.errno, error, error.args)


show()
thread = threading.Thread(target=show)
thread.start()
thread.join()
for value in (None, 5, 0, 0.0, True, -1, "text", 1e30, float("nan")):
    try:
        left.settimeout(value)
    except Exception as error:
        print(type(error).__name__, error)
    print(repr(value), left.gettimeout(), left.getblocking(), left.timeout)
for flag in (True, False, 1, 0):
    left.setblocking(flag)
    print(flag, left.gettimeout(), left.getblocking())
for value in (3, 0, None):
    socket.setdefaulttimeout(value)
    with socket.socket() as fresh:
        print(socket.getdefaulttimeout(), fresh.gettimeout(), fresh.getblocking(), fresh.type == socket.SOCK_STREAM)
try:
    socket.setdefaulttimeout(-1)
except ValueError as error:
    print(error)
