"""A crawler with a thread pool: follows the links of a small site until it has seen every page.

The site is a server in this same program that takes 0.2 s for a page; page n links to 2n+1, 2n+2 and to the first one.
"""

import re
import threading
import time
import urllib.request
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PAGES = 200


class Site(BaseHTTPRequestHandler):
    def do_GET(self):
        time.sleep(0.2)
        number = int(self.path.strip("/"))
        links = [page for page in (2 * number + 1, 2 * number + 2, 0) if page < PAGES]
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write("".join(f'<a href="/{page}">{page}</a>' for page in links).encode())

    def log_message(self, *args):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 128


def links_of(url):
    with urllib.request.urlopen(url) as response:
        return re.findall(r'href="([^"]+)"', response.read().decode())


def crawl(site):
    seen = {"/0"}
    with ThreadPoolExecutor(max_workers=64) as pool:
        pending = {pool.submit(links_of, f"{site}/0")}
        while pending:
            done, pending = wait(pending, return_when=FIRST_COMPLETED)
            new = {link for page in done for link in page.result()} - seen
            seen |= new
            pending |= {pool.submit(links_of, site + link) for link in new}
    return seen


def main():
    server = Server(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    begin = time.perf_counter()
    pages = crawl(f"http://127.0.0.1:{server.server_port}")
    print(f"{len(pages)} pages of 0.2 s each in {time.perf_counter() - begin:.1f} s")


if __name__ == "__main__":
    main()
