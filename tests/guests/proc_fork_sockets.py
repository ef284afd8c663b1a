"""Parent and child talk through what they inherited, each with threads of its own."""

import os
import socket
import threading
import warnings

warnings.simplefilter("ignore")
left, right = socket.socketpair()
server = socket.create_server(("127.0.0.1", 0))


def serve():
    peer, _ = server.accept()
    with peer:
        peer.sendall(peer.recv(100)[::-1])


def talk(number, answers):
    with socket.create_connection(server.getsockname()) as client:
        client.sendall(b"abc%d" % number)
        answers.append(client.recv(100))


def together(target, count, *args):
    threads = [threading.Thread(target=target, args=(number, *args) if args else ()) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


together(lambda: None, 2)
child = os.fork()
if child == 0:
    left.close()
    together(serve, 3)
    right.sendall(b"child is done")
    os._exit(0)
right.close()
answers = []
together(talk, 3, answers)
print(sorted(answers), left.recv(100), os.waitpid(child, 0)[1])
