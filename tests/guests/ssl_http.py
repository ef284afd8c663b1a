"""HTTPS: http.server and socketserver with threads, http.client, urllib, sendfile and makefile."""

import http.client
import http.server
import socket
import socketserver
import ssl
import tempfile
import threading
import urllib.request

CERTIFICATE = "../certificates/localhost.pem"
server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
server_context.load_cert_chain(CERTIFICATE)
context = ssl.create_default_context(cafile=CERTIFICATE)
BIG = bytes(range(256)) * 4000


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_GET(self):
        body = BIG if self.path == "/big" else f"you asked for {self.path}\n".encode()
        self.answer(body)

    def do_POST(self):
        self.answer(self.rfile.read(int(self.headers["Content-Length"]))[::-1])

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, form, *args):
        logged.append(form % args)


class Upper(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            self.wfile.write(line.upper())


def over_tls(base):
    """A server whose threads shake hands, not the one that accepts."""

    class Server(base):
        daemon_threads = False
        request_queue_size = 20

        def process_request_thread(self, request, client_address):
            request = server_context.wrap_socket(request, server_side=True)
            super().process_request_thread(request, client_address)

        def shutdown_request(self, request):
            self.close_request(request)

    return Server


def get(path):
    with urllib.request.urlopen(f"https://localhost:{web.server_port}{path}", timeout=30, context=context) as answer:
        body = answer.read()
        answers.append((path, answer.status, body == BIG or body))


def shout(number):
    client = context.wrap_socket(socket.create_connection(lines.server_address), server_hostname="127.0.0.1")
    with client, client.makefile("rwb") as file:
        for word in (b"first", b"second"):
            file.write(b"%s %d\n" % (word, number))
            file.flush()
            answers.append((word.decode(), number, file.readline()))
        with tempfile.TemporaryFile() as sent:
            sent.write(b"line\n" * 5_000)
            sent.seek(0)
            sending = threading.Thread(target=client.sendfile, args=(sent,))
            sending.start()
            answers.append(("file", number, {file.readline() for _ in range(5_000)}))
            sending.join()


def together(target, arguments):
    threads = [threading.Thread(target=target, args=(argument,)) for argument in arguments]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


answers, logged = [], []
with (
    over_tls(http.server.ThreadingHTTPServer)(("127.0.0.1", 0), Handler) as web,
    over_tls(socketserver.ThreadingTCPServer)(("127.0.0.1", 0), Upper) as lines,
):
    serving = [threading.Thread(target=server.serve_forever, args=(0.02,)) for server in (web, lines)]
    for thread in serving:
        thread.start()
    together(get, [*(f"/{number}" for number in range(6)), "/big"])
    connection = http.client.HTTPSConnection("localhost", web.server_port, timeout=30, context=context)
    for body in (b"first", b"second on the same connection", BIG):
        connection.request("POST", "/", body)
        answer = connection.getresponse().read()
        answers.append(("/", 200, answer == BIG[::-1] or answer))
    connection.close()
    together(shout, range(3))
    for server in (web, lines):
        server.shutdown()
for line in sorted(answers, key=repr):
    print(line)
print(sorted(logged))
