"""A server thread tries a non-blocking socket again and again until all has come; main connects and sends meanwhile.

The kind: tries that fail at once (EAGAIN) on both sides of a connection on loopback, where connecting never waits.
"""

import socket
import threading

ROUNDS = 10
listener = socket.create_server(("127.0.0.1", 0))
heard = []


def serve():
    for _ in range(ROUNDS):
        connection = listener.accept()[0]
        connection.settimeout(0)
        data = b""
        while data != b"hello":
            try:
                data += connection.recv(100)
            except BlockingIOError:
                continue
        heard.append(data)
        connection.close()


thread = threading.Thread(target=serve)
thread.start()
for _ in range(ROUNDS):
    client = socket.create_connection(listener.getsockname())
    client.sendall(b"hello")
    assert client.recv(1) == b""
    client.close()
thread.join()
print(len(heard), "of", ROUNDS, "heard")
