"""Time-outs of a TLS socket: handshake, read, write, unwrap; a socket that does not block; what is left behind."""

import os
import socket
import ssl
import threading
import time

CERTIFICATE = "../certificates/localhost.pem"
server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
server.load_cert_chain(CERTIFICATE)
context = ssl.create_default_context(cafile=CERTIFICATE)


def attempt(name, function, *args):
    try:
        result = function(*args)
        print(name, type(result).__name__)
    except (OSError, ValueError) as error:
        print(name, type(error).__name__, error.args, error.__context__)


def connected(**how):
    """A client and its server's side, past the handshake."""
    left, right = socket.socketpair()
    sides = []
    thread = threading.Thread(target=lambda: sides.append(server.wrap_socket(right, server_side=True)))
    thread.start()
    client = context.wrap_socket(left, server_hostname="localhost", **how)
    thread.join()
    return client, sides[0]


def handshakes():
    for timeout in (0.01, 1e-9):
        left, right = socket.socketpair()
        left.settimeout(timeout)
        attempt("handshake", lambda: context.wrap_socket(left, server_hostname="localhost"))
        right.close()
    left, right = socket.socketpair()
    left.setblocking(False)
    attempt("not blocking", lambda: context.wrap_socket(left, server_hostname="localhost"))
    left, right = socket.socketpair()
    left.setblocking(False)
    client = context.wrap_socket(left, server_hostname="localhost", do_handshake_on_connect=False)
    attempt("first step", client.do_handshake)
    print(client.gettimeout(), client.version(), client.cipher())
    thread = threading.Thread(target=lambda: server.wrap_socket(right, server_side=True).close())
    thread.start()
    client.do_handshake(block=True)
    thread.join()
    print(client.gettimeout(), client.version(), os.get_blocking(client.fileno()))
    client.close()


def transfers():
    client, peer = connected()
    for timeout in (0.01, 1e-9, 0):
        client.settimeout(timeout)
        attempt("read", client.recv, 1)
        attempt("read into", client.recv_into, bytearray(10))
        print(client.gettimeout(), os.get_blocking(client.fileno()))
    for timeout in (0.01, 0):
        client.settimeout(timeout)
        attempt("write", client.sendall, bytes(5_000_000))
        client.close()
        peer.close()
        client, peer = connected()
    client.settimeout(0.01)
    attempt("unwrap", client.unwrap)
    print(client.gettimeout(), client._sslobj is None)
    client.settimeout(None)
    ending = threading.Thread(target=peer.unwrap)
    ending.start()
    attempt("unwrap", client.unwrap)
    ending.join()
    attempt("unwrap", client.unwrap)
    attempt("recv", client.recv, 0)
    attempt("read", client.read)
    print(os.get_blocking(client.fileno()), client.gettimeout())


def late_answer():
    """The time-out holds for one call, and data that comes in time ends the wait."""
    client, peer = connected()
    client.settimeout(30)
    answering = threading.Thread(target=lambda: (time.sleep(0.01), peer.sendall(b"late")))
    answering.start()
    print(client.recv(100))
    answering.join()
    client.settimeout(None)
    reading = threading.Thread(target=lambda: print(client.recv(100), os.get_blocking(client.fileno())))
    reading.start()
    time.sleep(0.01)
    peer.sendall(b"blocking")
    reading.join()


handshakes()
transfers()
late_answer()
