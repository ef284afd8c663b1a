"""A hundred threads ask a slow server, all at once. Plain threads and urllib: nothing here knows ocoro."""

import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class SlowHandler(BaseHTTPRequestHandler):
    def do_GET(self):
        time.sleep(0.5)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"answer {self.path}".encode())

    def log_message(self, *args):
        pass


class SlowServer(ThreadingHTTPServer):
    request_queue_size = 128  # so that the kernel accepts a hundred connections in one instant


def fetch(url, answers):
    with urllib.request.urlopen(url) as response:
        answers.append(response.read())


server = SlowServer(("127.0.0.1", 0), SlowHandler)
threading.Thread(target=server.serve_forever, daemon=True).start()
url, answers, begin = f"http://127.0.0.1:{server.server_port}", [], time.perf_counter()
threads = [threading.Thread(target=fetch, args=(f"{url}/{number}", answers)) for number in range(100)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(f"{len(answers)} answers, each after 0.5 s, in {time.perf_counter() - begin:.1f} s")
