"""Unix sockets, streams and datagrams, by path and without a name."""

import os
import socket
import tempfile
import threading

with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    with socket.create_server("stream", family=socket.AF_UNIX) as server:
        answers = []

        def serve():
            peer, address = server.accept()
            with peer, peer.makefile("rw") as file:
                answers.append((address, file.readline()))
                file.write("answer\n")

        thread = threading.Thread(target=serve)
        thread.start()
        with socket.socket(socket.AF_UNIX) as client:
            client.connect("stream")
            client.sendall(b"question\n")
            answers.append(client.makefile().read())
        thread.join()
        print(answers, server.getsockname())
    with (
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender,
    ):
        receiver.bind("datagram")
        thread = threading.Thread(target=lambda: print(receiver.recvfrom(100)))
        thread.start()
        sender.sendto(b"to a path", "datagram")
        thread.join()
    with socket.socket(socket.AF_UNIX) as client:
        for path in ("missing", "stream", "x" * 200):
            try:
                client.connect(path)
            except OSError as error:
                print(type(error).__name__, error)
    os.chdir("/")
