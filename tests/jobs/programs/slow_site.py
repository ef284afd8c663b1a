"""A web site whose answers take their time: the other side of `requests_pool.py`.

Prints its port and serves until it is killed.
"""

import hashlib
import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CLIENTS = int(sys.argv[1])
DELAY = 0.1

meeting = threading.Barrier(CLIENTS)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def do_GET(self):
        _, page, number = self.path.split("/")
        getattr(self, page)(number)

    def do_POST(self):
        sent = self.rfile.read(int(self.headers["Content-Length"]))
        time.sleep(DELAY)
        self.answer(201, {"received": len(sent), "digest": hashlib.sha256(sent).hexdigest()})

    def meet(self, number):
        """Answered when all clients have asked."""
        meeting.wait()
        self.answer(200, {"met": number})

    def plain(self, number):
        time.sleep(DELAY)
        self.answer(200, {"number": int(number), "text": number * 50})

    def moved(self, number):
        self.answer(302, {}, Location=f"/plain/{number}")

    def gone(self, number):
        self.answer(404, {"gone": number})

    def late(self, number):
        """Later than the client waits."""
        time.sleep(10)
        self.answer(200, {"late": number})

    def parts(self, number):
        """A body in pieces, with a pause before each."""
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for part in range(5):
            self.wfile.flush()
            time.sleep(DELAY / 5)
            text = f"part {part} of {number}\n".encode() * 20
            self.wfile.write(b"%x\r\n%b\r\n" % (len(text), text))
        self.wfile.write(b"0\r\n\r\n")

    def answer(self, status, value, **headers):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, header in headers.items():
            self.send_header(name, header)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 1024

    def handle_error(self, request, client_address):
        """A client that gave up is no error here."""


with Server(("127.0.0.1", 0), Handler) as server:
    print(server.server_port, flush=True)
    server.serve_forever()
