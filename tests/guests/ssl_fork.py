"""Children, forked or started while a TLS session is open and somebody waits in it, do not disturb it."""

import os
import socket
import ssl
import subprocess
import sys
import threading
import warnings

warnings.simplefilter("ignore")
CERTIFICATE = "../certificates/localhost.pem"
server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
server_context.load_cert_chain(CERTIFICATE)
context = ssl.create_default_context(cafile=CERTIFICATE)


def connected(timeout):
    left, right = socket.socketpair()
    sides = []
    thread = threading.Thread(target=lambda: sides.append(server_context.wrap_socket(right, server_side=True)))
    thread.start()
    client = context.wrap_socket(left, server_hostname="localhost")
    thread.join()
    client.settimeout(timeout)
    return client, sides[0]


def while_waiting(timeout):
    """One thread waits for data of the session, while this one has a child."""
    client, peer = connected(timeout)
    answers = []
    reading = threading.Thread(target=lambda: answers.extend((client.recv(100), client.recv(100))))
    reading.start()
    child = os.fork()
    if child == 0:
        client.close()
        peer.close()
        os._exit(7)
    print(os.waitpid(child, 0)[1] >> 8)
    peer.sendall(b"first")
    done = subprocess.run([sys.executable, "-c", "print('a subprocess')"], capture_output=True)
    print(done.stdout, os.get_blocking(client.fileno()), client.gettimeout())
    peer.sendall(b"second")
    reading.join()
    print(answers if len(answers) == 2 else len(answers))
    closing = threading.Thread(target=peer.unwrap)
    closing.start()
    print(client.unwrap() is client)
    closing.join()


def handed_over():
    """The child goes on with the session, the parent forgets it."""
    client, peer = connected(None)
    child = os.fork()
    if child == 0:
        serving = threading.Thread(target=lambda: peer.sendall(peer.recv(100)[::-1]))
        serving.start()
        serving.join()
        peer.unwrap()
        os._exit(0)
    peer.close()
    client.sendall(b"to the child")
    print(client.recv(100), client.unwrap() is client, os.waitpid(child, 0)[1])


for timeout in (None, 30):
    while_waiting(timeout)
handed_over()
