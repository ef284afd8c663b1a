"""A ThreadingHTTPServer and its urllib clients, one thread each, in one program.

`/meet` is answered only when all clients have asked, `/slow` after a delay, `/echo` with the digest of what was sent.
"""

import hashlib
import resource
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CLIENTS = int(sys.argv[1])
DELAY = 0.2

meeting = threading.Barrier(CLIENTS)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        _, page, number = self.path.split("/")
        if page == "meet":
            meeting.wait()
            self.answer(200, f"met {number}".encode())
        elif page == "slow":
            time.sleep(DELAY)
            self.answer(200, number.encode() * int(number) * 20)
        else:
            self.answer(404, b"no such page")

    def do_POST(self):
        sent = self.rfile.read(int(self.headers["Content-Length"]))
        time.sleep(DELAY)
        self.answer(201, hashlib.sha256(sent).hexdigest().encode())

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 1024


def fetch(path, data=None):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}{path}", data, timeout=50) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def client(number):
    answers[number] = [
        fetch(f"/meet/{number}"),
        fetch(f"/slow/{number}"),
        fetch(f"/echo/{number}", bytes([number % 251]) * (number * 131)),
        fetch(f"/gone/{number}"),
    ]


soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 2 * CLIENTS + 500)), hard))

answers = [None] * CLIENTS
server = Server(("127.0.0.1", 0), Handler)
serving = threading.Thread(target=server.serve_forever)
serving.start()

clients = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
for thread in clients:
    thread.start()
for thread in clients:
    thread.join()
server.shutdown()
serving.join()
server.server_close()

print("clients", len(answers), "failed", answers.count(None))
print("statuses", sorted(Counter(status for pages in answers for status, _ in pages).items()))
print("bytes", sum(len(body) for pages in answers for _, body in pages))
print("digest", hashlib.sha256(repr(answers).encode()).hexdigest())
