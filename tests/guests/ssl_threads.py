"""TLS between threads of one program: handshake, echo, unwrap, a session used again.

One connection is never read and written at once: up to 3.13 OpenSSL's object has no lock of its own, and plain
python mixes up its records then, now and again.
"""

import os
import socket
import ssl
import threading

CERTIFICATE = "../certificates/localhost.pem"
PART = bytes(range(256)) * 64


def serve(listener, count):
    threads = []
    for _ in range(count):
        threads.append(threading.Thread(target=echo, args=listener.accept()))
        threads[-1].start()
    for thread in threads:
        thread.join()


def echo(raw, address):
    with server.wrap_socket(raw, server_side=True) as peer:
        ciphers.append(bool(peer.shared_ciphers()))
        while data := peer.recv(1 << 16):
            peer.sendall(data)
        with peer.unwrap() as plain:
            plain.sendall(b"plain again")


def receive(client, size):
    buffer = bytearray(size)
    view = memoryview(buffer)
    while view:
        got = client.recv_into(view)
        if not got:
            break
        view = view[got:]
    return bytes(buffer)


def talk(number, timeout):
    with socket.create_connection(where) as raw:
        raw.settimeout(timeout)
        with context.wrap_socket(raw, server_hostname="localhost") as client:
            client.write(b"hello %d" % number)
            said = [client.read(100)]
            for _ in range(100):
                client.sendall(PART)
                said[1:] = [receive(client, len(PART)) == PART]
            said.append((client.gettimeout(), os.get_blocking(client.fileno()), client.pending(), client.version()))
            raw = client.unwrap()
            said.append((raw is client, raw.recv(100), raw.recv(100), client.cipher()))
            answers.append((number, said))


def talk_again(version):
    context.maximum_version = version
    session = None
    for _ in range(2):
        with context.wrap_socket(socket.socket(), server_hostname="localhost", session=session) as client:
            client.connect(where)
            client.sendall(b"ping")
            answers.append((client.recv(4), client.session_reused, client._sslobj.owner is client, client.version()))
            session = client.session
            client.unwrap().recv(100)


server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
server.load_cert_chain(CERTIFICATE)
context = ssl.create_default_context(cafile=CERTIFICATE)
answers, ciphers = [], []
with socket.create_server(("127.0.0.1", 0), backlog=20) as listener:
    where = listener.getsockname()
    serving = threading.Thread(target=serve, args=(listener, 10))
    serving.start()
    clients = [threading.Thread(target=talk, args=(number, (None, 30)[number % 2])) for number in range(6)]
    for thread in clients:
        thread.start()
    for thread in clients:
        thread.join()
    for answer in sorted(answers):
        print(answer)
    answers.clear()
    talk_again(ssl.TLSVersion.TLSv1_2)
    talk_again(ssl.TLSVersion.TLSv1_3)
    serving.join()
print(answers, ciphers)
