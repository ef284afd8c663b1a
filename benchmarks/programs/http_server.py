"""The standard library's threaded HTTP server under the load of wrk, which runs as a child process.

Usage: http_server.py CONNECTIONS SECONDS close|keep. With ``close`` every request is a connection and a thread of its
own (the server's default, HTTP/1.0), with ``keep`` a connection serves many. The value is the time of one request, and
``cpu`` the server's processor time for it, which is disturbed less by whatever else the machine does.
wrk writes to a file and is asked whether it has ended, because a launcher need not know how to wait for a child.
"""

import json
import re
import resource
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BODY = b"hello, world\n"


class Handler(BaseHTTPRequestHandler):
    disable_nagle_algorithm = True  # head and body are two small writes; the second would wait for a delayed ACK

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY)

    def log_message(self, format: str, *args: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 1024  # the default of 5 makes the kernel drop connections, which then try again a second later


def load(port: int, connections: int, seconds: float) -> str:
    """Run wrk against the server; return what it printed."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", f"http://127.0.0.1:{port}/"]
    with tempfile.TemporaryFile("w+") as output:
        wrk = subprocess.Popen(command, stdout=output)
        while wrk.poll() is None:
            time.sleep(0.05)
        output.seek(0)
        return output.read()


def number_in(report: str, pattern: str) -> float:
    """What stands in wrk's report where the pattern has its group."""
    if "Non-2xx" in report:
        sys.exit("wrk got answers that were errors")
    return float(re.findall(pattern, report)[0])


def processor_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main(connections: int, seconds: float, mode: str) -> None:
    if mode == "keep":
        Handler.protocol_version = "HTTP/1.1"
    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,)).start()
        before = processor_seconds()
        report = load(server.server_port, connections, seconds)
        used = processor_seconds() - before
        server.shutdown()
    rate = number_in(report, r"Requests/sec:\s+([\d.]+)")
    cpu = 1e6 * used / number_in(report, r"(\d+) requests in")
    result = {"value": 1e6 / rate, "cpu": cpu, "requests_per_second": rate, "connections": connections}
    print(json.dumps({"name": f"http server {mode}", "unit": "us", **result}))


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]), sys.argv[3])
