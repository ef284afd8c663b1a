"""TCP: an echo server with a thread for each client, and what the sockets say of themselves."""

import socket
import threading


def serve(peer):
    with peer:
        while data := peer.recv(1024):
            peer.sendall(data.upper())


def accept():
    for _ in range(10):
        peer, address = server.accept()
        print(
            type(address).__name__, address[0], type(peer) is socket.socket, peer.gettimeout()
        ) if not threads else None
        threads.append(threading.Thread(target=serve, args=(peer,)))
        threads[-1].start()


def talk(number):
    with socket.create_connection(server.getsockname()) as client:
        client.send(b"hello %d" % number)
        answers.append(client.recv(100))
        client.shutdown(socket.SHUT_WR)
        answers.append(client.recv(100))


threads, answers = [], []
server = socket.create_server(("127.0.0.1", 0), backlog=20)
accepting = threading.Thread(target=accept)
accepting.start()
clients = [threading.Thread(target=talk, args=(number,)) for number in range(10)]
for client in clients:
    client.start()
for thread in (*clients, accepting, *threads):
    thread.join()
print(sorted(answers))
server.close()
print(server, server.fileno())
