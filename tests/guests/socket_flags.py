"""MSG_DONTWAIT and MSG_WAITALL on sockets with and without a time-out, of streams and of datagrams; keyword arguments.

Where a call has to wait, another thread ends the wait: it sends, or it empties the socket, or it goes on without end.
"""

import socket
import threading

DONT, ALL, PEEK = socket.MSG_DONTWAIT, socket.MSG_WAITALL, socket.MSG_PEEK
KINDS = {"stream": socket.SOCK_STREAM, "datagram": socket.SOCK_DGRAM}


def receiving(sock, flags):
    yield "recv", lambda: sock.recv(4, flags)
    yield "recv_into", lambda: sock.recv_into(bytearray(4), 0, flags)
    yield "recvfrom", lambda: sock.recvfrom(4, flags)[0]
    yield "recvfrom_into", lambda: sock.recvfrom_into(bytearray(4), 0, flags)[0]
    yield "recvmsg", lambda: sock.recvmsg(4, 0, flags)[0]
    yield "recvmsg_into", lambda: sock.recvmsg_into([bytearray(4)], 0, flags)[0]


def sending(sock, flags, data):
    yield "send", lambda: sock.send(data, flags)
    yield "sendall", lambda: sock.sendall(data, flags)
    yield "sendmsg", lambda: sock.sendmsg([data], [], flags)


def outcome(call):
    try:
        return call()
    except OSError as error:
        return repr(error)


def pairs(kind, timeout):
    left, right = socket.socketpair(socket.AF_UNIX, kind)
    left.settimeout(timeout)
    return left, right


def after(delay, call):
    timer = threading.Timer(delay, call)
    timer.start()
    return timer


for name, kind in KINDS.items():
    for timeout in (None, 0.02, 0):
        for flags in (DONT, ALL | DONT, PEEK | DONT, ALL, 0):
            left, right = pairs(kind, timeout)
            for call, attempt in receiving(left, flags):
                said = [name, call, timeout, int(flags)]
                if flags & DONT or timeout is not None:
                    said += ["empty", outcome(attempt)]
                right.send(b"ab")
                more = after(0.05, lambda: right.send(b"cd")) if flags == ALL and timeout is None else None
                said += ["some", outcome(attempt)]
                if more is not None:
                    more.join()
                left.setblocking(False)
                said += ["rest", outcome(lambda: left.recv(9))]
                left.settimeout(timeout)
                print(*said)

for timeout in (None, 0.02, 0):
    left, right = pairs(socket.SOCK_STREAM, 0)
    for call, attempt in sending(left, DONT, b"x" * 4096):
        left.setblocking(False)
        try:
            while True:
                left.send(b"x" * 65536)
        except BlockingIOError:
            pass
        left.settimeout(timeout)
        print(call, timeout, "full", outcome(attempt))

left, right = pairs(socket.SOCK_STREAM, 60)
buffer = bytearray(4)
for call in ("recv_into", "recvfrom_into"):
    right.send(b"abcdefgh")
    print(call, getattr(left, call)(buffer, nbytes=2), buffer, getattr(left, call)(buffer=buffer, flags=PEEK), buffer)
    left.recv(9)

# With a time-out MSG_DONTWAIT waits for readiness all the same; meanwhile another thread goes on.
for call, attempt in receiving(left, DONT):
    timer = after(0.01, lambda: right.send(b"late"))
    print(call, outcome(attempt))
    timer.join()
