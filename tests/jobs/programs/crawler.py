"""A small crawler: workers fetch pages from a queue and feed the links they find back into it, one writer thread owns
the data base, pages that are busy are asked again later. The site it crawls is served by the same program.
"""

import hashlib
import queue
import re
import sqlite3
import sys
import threading
import time
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

WORKERS = int(sys.argv[1])
PAGES = int(sys.argv[2])
DELAY = 0.1
TRIES = 3


class Site(BaseHTTPRequestHandler):
    """Page n links to three others; every tenth is busy when it is asked for the first time, every 17th is missing."""

    protocol_version = "HTTP/1.1"
    asked = set()

    def do_GET(self):
        number = int(self.path[1:])
        time.sleep(DELAY)
        if number % 17 == 16:
            self.answer(404, "missing")
        elif number % 10 == 9 and number not in self.asked:
            self.asked.add(number)
            self.answer(503, "busy")
        else:
            links = {(number * 3 + step) % PAGES for step in (1, 2, 3)}
            self.answer(200, " ".join(f'<a href="/{link}">' for link in sorted(links)))

    def answer(self, status, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 1024


class Crawler:
    def __init__(self, port):
        self.port = port
        self.todo = queue.PriorityQueue()
        self.found = queue.Queue(maxsize=10)
        self.seen = set()
        self.seen_lock = threading.Lock()
        self.pause = threading.Semaphore(5)

    def offer(self, page):
        with self.seen_lock:
            new = page not in self.seen
            self.seen.add(page)
        if new:
            self.todo.put((page, 0))

    def work(self):
        connection = HTTPConnection("127.0.0.1", self.port, timeout=50)
        while True:
            page, tries = self.todo.get()
            if page < 0:
                break
            self.visit(connection, page, tries)
            self.todo.task_done()
        connection.close()

    def visit(self, connection, page, tries):
        connection.request("GET", f"/{page}")
        response = connection.getresponse()
        text = response.read().decode()
        if response.status == 503 and tries < TRIES:
            with self.pause:
                time.sleep(0.01)
            self.todo.put((page, tries + 1))
            return
        self.found.put((page, response.status, tries, hashlib.sha256(text.encode()).hexdigest()))
        for link in re.findall(r'href="/(\d+)"', text):
            self.offer(int(link))

    def write(self):
        """Everything about the data base happens in this thread."""
        base = sqlite3.connect(":memory:")
        base.execute("CREATE TABLE page (number INTEGER PRIMARY KEY, status INTEGER, tries INTEGER, digest TEXT)")
        while (row := self.found.get()) is not None:
            with base:
                base.execute("INSERT INTO page VALUES (?, ?, ?, ?)", row)
        self.pages = base.execute("SELECT * FROM page ORDER BY number").fetchall()
        self.statuses = base.execute("SELECT status, COUNT(*), SUM(tries) FROM page GROUP BY status").fetchall()
        base.close()

    def run(self):
        writer = threading.Thread(target=self.write)
        workers = [threading.Thread(target=self.work) for _ in range(WORKERS)]
        for thread in [writer, *workers]:
            thread.start()
        for page in range(PAGES // 10):
            self.offer(page)
        self.todo.join()
        for _ in workers:
            self.todo.put((-1, 0))
        for thread in workers:
            thread.join()
        self.found.put(None)
        writer.join()


server = Server(("127.0.0.1", 0), Site)
serving = threading.Thread(target=server.serve_forever)
serving.start()
crawler = Crawler(server.server_port)
crawler.run()
server.shutdown()
serving.join()
server.server_close()

print("seen", len(crawler.seen), "stored", len(crawler.pages))
print("statuses", crawler.statuses)
print("digest", hashlib.sha256(repr(crawler.pages).encode()).hexdigest())
