"""socketserver with threads, its shutdown, and an error in a handler."""

import socket
import socketserver
import threading


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            if line == b"fail\n":
                raise ValueError("in a handler")
            self.wfile.write(line.upper())


class Server(socketserver.ThreadingTCPServer):
    request_queue_size = 20

    def handle_error(self, request, client_address):
        errors.append(client_address[0])
        failed.set()


errors, answers = [], []
failed = threading.Event()


def talk(number):
    with socket.create_connection(server.server_address) as client, client.makefile("rw") as file:
        for word in ("first", "second"):
            print(word, number, file=file, flush=True)
            answers.append(file.readline())


with Server(("127.0.0.1", 0), Handler) as server:
    serving = threading.Thread(target=server.serve_forever, args=(0.02,))
    serving.start()
    threads = [threading.Thread(target=talk, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with socket.create_connection(server.server_address) as client:
        client.send(b"fail\n")
        failed.wait(5)
    server.shutdown()
    serving.join()
print(sorted(answers), errors)
