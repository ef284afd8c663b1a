"""Calls on sockets that raise: refused, reset, out of time; without and with a time-out of the socket.

Prints as JSON how many calls were made and how many of them raised, by the names of the methods.
"""

import json
import socket
import struct
from collections import Counter

TIMES = 5
TOO_MUCH = b"x" * 10_000_000  # for the buffers of a socket
made, raised = Counter(), Counter()


def call(method, *args):
    made[method.__name__] += 1
    try:
        return method(*args)
    except OSError:
        raised[method.__name__] += 1


def on_reset_connection(listener, timeout, name, *args):
    """Call a method of a socket whose other end is gone."""
    here = socket.socket()
    call(here.connect, listener.getsockname())
    there, _ = call(listener.accept)
    there.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    there.close()
    with here:
        here.settimeout(timeout)
        call(getattr(here, name), *args)


def on_closed_port(timeout, name):
    with socket.socket() as probe, socket.socket() as sock:
        probe.bind(("127.0.0.1", 0))  # and does not listen
        sock.settimeout(timeout)
        call(getattr(sock, name), probe.getsockname())


def in_vain(timeout):
    """Calls that run into a time-out, and one at the other end that does not have to wait."""
    left, right = socket.socketpair()
    with left, right:
        left.settimeout(0.01)
        call(left.recv, 10)
        call(left.recv_into, bytearray(10))
        call(left.sendall, TOO_MUCH)
        call(left.send, b"y")
        right.settimeout(timeout)
        call(right.recv, 10)


with socket.create_server(("127.0.0.1", 0)) as listener:
    for timeout in [None, 10.0] * TIMES:
        on_closed_port(timeout, "connect")
        on_reset_connection(listener, timeout, "recv", 10)
        on_reset_connection(listener, timeout, "recv_into", bytearray(10))
        on_reset_connection(listener, timeout, "sendall", b"lost")
        on_reset_connection(listener, timeout, "send", b"lost")
        in_vain(timeout)
    listener.settimeout(0.01)
    for _ in range(TIMES):
        call(listener.accept)
print(json.dumps({"made": made, "raised": raised}))
