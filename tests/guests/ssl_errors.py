# stderr: yes
# ends: 1
"""What goes wrong with TLS: certificates, hostnames, ragged ends, misuse; the last one is not caught."""

import socket
import ssl
import threading
import traceback

CERTIFICATE = "../certificates/localhost.pem"
server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
server.load_cert_chain(CERTIFICATE)
trusting = ssl.create_default_context(cafile=CERTIFICATE)
distrusting = ssl.create_default_context()


def attempt(name, function, *args, **kwargs):
    try:
        print(name, function(*args, **kwargs))
    except (OSError, ValueError, NotImplementedError) as error:
        print(name, type(error).__name__, error.args, getattr(error, "reason", None), error.__context__)
        print([(entry.name, entry.line) for entry in traceback.extract_tb(error.__traceback__)])


def accept(sock, results):
    try:
        results.append(server.wrap_socket(sock, server_side=True))
    except OSError as error:
        results.append(type(error).__name__)
        sock.close()


def pair(context=trusting, hostname="localhost", **how):
    left, right = socket.socketpair()
    results = []
    thread = threading.Thread(target=accept, args=(right, results))
    thread.start()
    try:
        return context.wrap_socket(left, server_hostname=hostname, **how), results
    finally:
        left.close()
        thread.join()
        print(type(results[0]).__name__)


attempt("not trusted", pair, distrusting)
attempt("wrong name", pair, hostname="other.example")
for suppress in (True, False):
    client, (peer,) = pair(suppress_ragged_eofs=suppress)
    ending = threading.Thread(target=socket.socket.shutdown, args=(peer, socket.SHUT_RDWR))
    ending.start()
    attempt("ragged end", client.recv, 10)
    attempt("ragged end into", client.recv_into, bytearray(10))
    ending.join()
    client.close()
    attempt("closed", client.recv, 10)
    attempt("closed", client.send, b"x")
client, (peer,) = pair()
for name, *args in (
    ("recv", 1, 2),
    ("send", b"x", 2),
    ("sendall", b"x", 2),
    ("recvfrom", 1),
    ("sendto", b"x", ("127.0.0.1", 1)),
    ("sendmsg", [b"x"]),
    ("recvmsg", 1),
    ("dup",),
    ("connect", ("127.0.0.1", 1)),
):
    attempt(name, getattr(client, name), *args)
for name, *args in (("write", "text"), ("sendall", 5), ("read", "x"), ("recv_into", b"constant"), ("read", -1)):
    try:
        print(getattr(client, name)(*args))
    except (TypeError, ValueError) as error:
        print(name, type(error).__name__, error)
left, right = socket.socketpair()
threading.Thread(target=right.sendall, args=(b"this is not TLS at all\n",)).start()
trusting.wrap_socket(left, server_hostname="localhost")
