"""Listener and Client of multiprocessing, with authentication, between threads."""

import multiprocessing.connection
import threading

answers = []


def serve():
    with listener.accept() as peer:
        peer.send(peer.recv()[::-1])
        try:
            peer.recv()
        except EOFError as error:
            answers.append(repr(error))


with multiprocessing.connection.Listener(("127.0.0.1", 0), authkey=b"secret") as listener:
    thread = threading.Thread(target=serve)
    thread.start()
    with multiprocessing.connection.Client(listener.address, authkey=b"secret") as client:
        client.send([1, 2, 3])
        answers.append(client.recv())
    thread.join()
print(answers)
