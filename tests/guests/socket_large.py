"""sendall of five megabytes to a slow reader, sendfile, and send in parts; nothing is lost."""

import hashlib
import os
import socket
import tempfile
import threading
import time

data = hashlib.sha256(b"seed").digest() * (5 * 1024 * 1024 // 32)
digest = hashlib.sha256(data).hexdigest()


def read_slowly(sock, found):
    total = hashlib.sha256()
    size = 0
    while part := sock.recv(1 << 18):
        if size == 0:
            time.sleep(0.03)
        size += len(part)
        total.update(part)
    found.append((size, total.hexdigest() == digest))


def exchange(send):
    with socket.create_server(("127.0.0.1", 0)) as server:
        left = socket.create_connection(server.getsockname())
        right, _ = server.accept()
    found = []
    thread = threading.Thread(target=read_slowly, args=(right, found))
    thread.start()
    print(send(left), end=" ")
    left.close()
    thread.join()
    right.close()
    print(found)


def send_parts(sock):
    view = memoryview(data)
    while view:
        view = view[sock.send(view) :]


def send_file(sock):
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.seek(0)
        sent = sock.sendfile(file), file.tell()
        try:
            sock.sendfile(file, 0, -1)
        except ValueError as error:
            print(error)
        return *sent, os.fstat(file.fileno()).st_size


exchange(lambda sock: sock.sendall(data))
exchange(send_parts)
exchange(send_file)
exchange(lambda sock: (sock.settimeout(10), sock.sendall(data)))
