"""socket, socketserver, the clients of the standard library, and ssl."""

import contextlib
import ftplib
import http.client
import imaplib
import os
import poplib
import select
import smtplib
import socket
import socketserver
import ssl
import struct
import tempfile
import threading
import urllib.request
import xmlrpc.client
from pathlib import Path

from heart import later, operation, perform

SHORT, LONG = 0.1, 60  # seconds
CERTIFICATE = Path(__file__).parent.parent / "certificates" / "localhost.pem"
BIG = bytes(4_000_000)  # more than a socket's buffers hold


def pair(kind=socket.SOCK_STREAM, timeout=None):
    left, right = socket.socketpair(socket.AF_UNIX, kind)
    left.settimeout(timeout)
    return left, right


def sends(data=b"data", **how):
    """A socket to which `data` will be sent."""
    left, right = pair(**how)
    later(right.sendall, data)
    return left


def drain(peer, size):
    while size > 0:
        size -= len(peer.recv(1 << 16))


def drains(size, **how):
    """A socket from which `size` bytes will be read, and its other side."""
    left, right = pair(**how)
    later(threading.Thread(target=drain, args=(right, size)).start)
    return left, right


def filled(**how):
    """A socket that takes nothing until the heart has beaten."""
    left, right = pair(**how)
    left.setblocking(False)
    size = 0
    try:
        while True:
            size += left.send(bytes(10_000))
    except BlockingIOError:
        left.settimeout(how.get("timeout"))
    later(threading.Thread(target=drain, args=(right, size)).start)
    return left, right


def server(answer, reply=b""):
    """The address of a server that sends `answer` to its first client when the heart has beaten.

    Then `reply`, with the first word that it has received.
    """
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        with listener, listener.accept()[0] as peer:
            leave = threading.Event()
            later(leave.set)
            leave.wait()
            peer.sendall(answer)
            if reply:
                peer.sendall(reply % peer.recv(1 << 16).split()[0])
            while peer.recv(1 << 16):
                pass

    threading.Thread(target=serve).start()
    return listener.getsockname()


def body(text):
    return b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n%s" % (len(text), text)


# -- plain sockets -----------------------------------------------------------------------------------------------------


@operation
def recv():
    return sends().recv(10)


@operation
def recv_with_time_out():
    return sends(timeout=LONG).recv(10)


@operation
def recv_times_out():
    left, right = pair(timeout=SHORT)
    return left.recv(10), right


@operation
def recv_times_out_by_option():
    left, right = pair()
    left.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", 0, int(SHORT * 1e6)))
    return left.recv(10), right.fileno() > 0


@operation
def recv_all():
    return sends().recv(4, socket.MSG_WAITALL)


@operation
def recv_into():
    return sends().recv_into(bytearray(10))


@operation
def recvfrom():
    return sends().recvfrom(10)


@operation
def recvfrom_into():
    return sends().recvfrom_into(bytearray(10))


@operation
def recvmsg():
    return sends().recvmsg(10)[0]


@operation
def recvmsg_into():
    return sends().recvmsg_into([bytearray(10)])[0]


@operation
def recv_urgent():
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()) as left:
        right = listener.accept()[0]
        later(right.send, b"!", socket.MSG_OOB)
        poller = select.poll()
        poller.register(left, select.POLLPRI)
        return [event for _, event in poller.poll()], left.recv(1, socket.MSG_OOB)


@operation
def recv_udp():
    left = socket.socket(type=socket.SOCK_DGRAM)
    left.bind(("127.0.0.1", 0))
    right = socket.socket(type=socket.SOCK_DGRAM)
    later(right.sendto, b"data", left.getsockname())
    return left.recvfrom(10)[0]


@operation
def send():
    left, right = filled()
    return left.send(b"data"), right.fileno() > 0


@operation
def sendall():
    left, right = drains(len(BIG))
    return left.sendall(BIG), right.fileno() > 0


@operation
def sendall_with_time_out():
    left, right = drains(len(BIG), timeout=LONG)
    return left.sendall(BIG), right.fileno() > 0


@operation
def send_times_out():
    left, right = pair(timeout=SHORT)
    return left.sendall(BIG), right.fileno() > 0


@operation
def sendmsg():
    left, right = filled()
    return left.sendmsg([b"da", b"ta"]), right.fileno() > 0


@operation
def sendto_full_datagram():
    left, right = filled(kind=socket.SOCK_DGRAM)
    return left.send(b"data"), right.fileno() > 0


@operation
def sendfile():
    left, right = drains(len(BIG))
    with tempfile.TemporaryFile() as file:
        file.write(BIG)
        file.seek(0)
        return left.sendfile(file), right.fileno() > 0


@operation
def accept():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        later(socket.create_connection, listener.getsockname())
        return listener.accept()[1][0]


@operation
def accept_times_out():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(SHORT)
        return listener.accept()


@operation
def connect_to_full_unix_listener():
    listener = socket.socket(socket.AF_UNIX)
    listener.bind("\0ocoro-heart-%d" % os.getpid())
    listener.listen(0)
    first, second = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
    first.connect(listener.getsockname())
    later(listener.accept)
    return second.connect(listener.getsockname())


@operation
def makefile_read():
    return sends().makefile("rb").read(4)


@operation
def makefile_readline():
    return sends(b"line\n").makefile().readline()


@operation
def makefile_readinto():
    return sends().makefile("rb", buffering=0).readinto(bytearray(10))


@operation
def makefile_write():
    left, right = drains(len(BIG))
    with left.makefile("wb") as file:
        return file.write(BIG), right.fileno() > 0


# -- servers and clients -----------------------------------------------------------------------------------------------


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(self.rfile.readline())


@operation
def handle_request():
    with socketserver.TCPServer(("127.0.0.1", 0), Handler) as served:
        later(socket.create_connection, served.server_address)
        return served.handle_request()


@operation
def serve_forever():
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as served:
        later(threading.Thread(target=served.shutdown).start)
        return served.serve_forever(poll_interval=0.02)


@operation
def http_response():
    connection = http.client.HTTPConnection(*server(body(b"hello")))
    connection.request("GET", "/")
    return connection.getresponse().read()


@operation
def url():
    with urllib.request.urlopen("http://%s:%d" % server(body(b"hello")), timeout=LONG) as response:
        return response.read()


@operation
def remote_procedure():
    answer = xmlrpc.client.dumps((7,), methodresponse=True).encode()
    with xmlrpc.client.ServerProxy("http://%s:%d" % server(body(answer))) as proxy:
        return proxy.anything()


@operation
def ftp():
    client = ftplib.FTP()
    try:
        return client.connect(*server(b"220 hello\r\n"))
    finally:
        client.close()


@operation
def smtp():
    client = smtplib.SMTP()
    try:
        return client.connect(*server(b"220 hello\r\n"))
    finally:
        client.close()


@operation
def pop():
    client = poplib.POP3(*server(b"+OK hello\r\n"))
    try:
        return client.getwelcome()
    finally:
        client.close()


@operation
def imap():
    client = imaplib.IMAP4(*server(b"* OK hello\r\n", b"* CAPABILITY IMAP4REV1\r\n%s OK done\r\n"))
    try:
        return client.welcome
    finally:
        client.shutdown()


# -- TLS ---------------------------------------------------------------------------------------------------------------

ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
ours.load_cert_chain(CERTIFICATE)
theirs = ssl.create_default_context(cafile=CERTIFICATE)


def tls(act=None, timeout=None, **how):
    """A client's TLS socket; its server calls `act(socket)` when the heart has beaten."""
    left, right = socket.socketpair()
    left.settimeout(timeout)
    leave = threading.Event()

    def serve():
        if act is None:
            leave.wait()
        with contextlib.suppress(OSError), ours.wrap_socket(right, server_side=True) as peer:
            if act is not None:
                leave.wait()
                act(peer)
            while peer.recv(1 << 16):
                pass

    threading.Thread(target=serve).start()
    if act is None:
        later(leave.set)
    client = theirs.wrap_socket(left, server_hostname="localhost", **how)
    if act is not None:
        later(leave.set)
    return client


@operation
def tls_handshake():
    with tls() as client:
        return client.version()


@operation
def tls_handshake_with_time_out():
    with tls(timeout=LONG) as client:
        return client.version()


@operation
def tls_handshake_later():
    with tls(do_handshake_on_connect=False) as client:
        return client.do_handshake()


@operation
def tls_recv():
    with tls(lambda peer: peer.sendall(b"data")) as client:
        return client.recv(10)


@operation
def tls_read_into():
    with tls(lambda peer: peer.sendall(b"data"), timeout=LONG) as client:
        return client.read(10, bytearray(10))


@operation
def tls_recv_times_out():
    with tls(lambda peer: None) as client:
        client.settimeout(SHORT)
        return client.recv(10)


@operation
def tls_sendall():
    with tls(lambda peer: drain(peer, len(BIG))) as client:
        return client.sendall(BIG)


@operation
def tls_readline():
    with tls(lambda peer: peer.sendall(b"line\n")) as client, client.makefile() as file:
        return file.readline()


@operation
def tls_unwrap():
    with tls(lambda peer: peer.unwrap().close()) as client:
        return client.unwrap().fileno() > 0


@operation
def tls_accept():
    with socket.create_server(("127.0.0.1", 0)) as listener, ours.wrap_socket(listener, server_side=True) as secure:

        def connect():
            with theirs.wrap_socket(socket.create_connection(listener_address), server_hostname="localhost"):
                pass

        listener_address = secure.getsockname()
        later(threading.Thread(target=connect).start)
        peer, _ = secure.accept()
        with peer:
            return peer.version()


@operation
def tls_https():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        leave = threading.Event()

        def serve():
            with ours.wrap_socket(listener.accept()[0], server_side=True) as peer:
                peer.recv(1 << 16)
                leave.wait()
                peer.sendall(body(b"hello"))

        threading.Thread(target=serve).start()
        later(leave.set)
        where = "https://localhost:%d" % listener.getsockname()[1]
        with urllib.request.urlopen(where, context=theirs) as response:
            return response.read()


perform()
