# stderr: yes
"""http.server with threads and urllib clients; the server's log is on stderr."""

import http.client
import http.server
import re
import sys
import threading
import urllib.error
import urllib.request


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/missing":
            return self.send_error(404, "Not here")
        body = f"you asked for {self.path}\n".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))[::-1]
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, form, *args):
        logged.append(re.sub("\x1b.*?m", "", form % args))


def get(path):
    try:
        with opener.open(f"http://127.0.0.1:{server.server_port}{path}", timeout=10) as answer:
            answers.append((path, answer.status, answer.read()))
    except urllib.error.HTTPError as error:
        answers.append((path, error.code, error.reason.encode()))


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 20


opener = urllib.request.OpenerDirector()
for handler in (urllib.request.HTTPHandler, urllib.request.HTTPErrorProcessor, urllib.request.HTTPDefaultErrorHandler):
    opener.add_handler(handler())
answers, logged = [], []
server = Server(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, args=(0.02,)).start()
threads = [threading.Thread(target=get, args=(f"/{number}",)) for number in (*range(10), "missing")]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
for body in (b"first", b"second on the same connection"):
    connection.request("POST", "/", body)
    answers.append(("/", 200, connection.getresponse().read()))
connection.close()
server.shutdown()
server.server_close()
for line in sorted(answers):
    print(line)
print(sorted(logged), file=sys.stderr)
try:
    get("/")
except urllib.error.URLError as error:
    print(error)
