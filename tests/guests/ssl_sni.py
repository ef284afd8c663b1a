"""SNI callbacks that choose a certificate, that wait meanwhile, and that fail; SSLObject with MemoryBIO."""

import socket
import ssl
import threading
import time

NAMES = ("localhost", "other.example")
contexts = {}
for name in NAMES:
    contexts[name] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    contexts[name].load_cert_chain(f"../certificates/{name}.pem")
client_context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
for name in NAMES:
    client_context.load_verify_locations(f"../certificates/{name}.pem")
asked, looked_up = [], threading.Event()


def choose(sock, name, context):
    asked.append((name, type(sock).__name__, context is contexts["localhost"]))
    if name not in contexts:
        return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
    looked_up.wait(30)
    time.sleep(0.001)
    sock.context = contexts[name]
    return None


def accept(sock, answers):
    try:
        with contexts["localhost"].wrap_socket(sock, server_side=True) as peer:
            answers.append((peer.context is contexts["localhost"], peer.recv(100), peer.gettimeout()))
            peer.sendall(b"welcome")
    except ssl.SSLError as error:
        answers.append((type(error).__name__, error.reason))


def talk(name, timeout):
    left, right = socket.socketpair()
    right.settimeout(timeout)
    answers = []
    accepting = threading.Thread(target=accept, args=(right, answers))
    accepting.start()
    try:
        with client_context.wrap_socket(left, server_hostname=name) as client:
            client.sendall(b"hello " + name.encode())
            answers.append((client.getpeercert()["subject"], client.recv(100)))
    except ssl.SSLError as error:
        answers.append((type(error).__name__, error.reason))
    accepting.join()
    results[name, timeout] = sorted(answers, key=repr)


def in_memory():
    """Both sides in one thread, by hand."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = [
        client_context.wrap_bio(to_client, to_server, server_hostname="other.example"),
        contexts["localhost"].wrap_bio(to_server, to_client, server_side=True),
    ]
    undone = list(sides)
    while undone:
        for side in list(undone):
            try:
                side.do_handshake()
                undone.remove(side)
            except ssl.SSLWantReadError:
                pass
    client, server = sides
    print(client.version(), client.getpeercert()["subject"], server._sslobj.owner is server)
    print(client.write(b"over memory"), server.read(100), server.pending())
    try:
        server.read(1)
    except ssl.SSLWantReadError as error:
        print(error.args[0])


contexts["localhost"].sni_callback = choose
results = {}
threads = [threading.Thread(target=talk, args=(name, limit)) for name in (*NAMES, "nobody") for limit in (None, 30)]
for thread in threads:
    thread.start()
looked_up.set()
for thread in threads:
    thread.join()
for key in sorted(results, key=repr):
    print(key, results[key])
print(sorted(asked, key=repr))
in_memory()
