"""Waiting for others: many urllib clients at once, each with a thread, against a server that answers slowly.

Usage: http_clients.py COUNT DELAY. The server is a process of its own under plain python and answers each request after
DELAY seconds. The value is the time until all have their answer; it cannot be less than DELAY. Needs two file
descriptors a client.
"""

import json
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

SERVER = Path(__file__).with_name("slow_server.py")


def fetch(url: str, answers: list[bytes]) -> None:
    with urllib.request.urlopen(url, timeout=50) as response:
        answers.append(response.read())


def fetch_all(count: int, url: str) -> float:
    answers: list[bytes] = []
    threads = [threading.Thread(target=fetch, args=(url, answers)) for _ in range(count)]
    begin = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(answers) != count:
        sys.exit(f"{count - len(answers)} of {count} requests got no answer")
    return time.perf_counter() - begin


def main(count: int, delay: float) -> None:
    command = [sys.executable, str(SERVER), str(delay)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        elapsed = fetch_all(count, f"http://127.0.0.1:{port}/")
        server.kill()
    print(json.dumps({"name": "http clients", "unit": "ms", "value": elapsed * 1e3, "clients": count, "delay": delay}))


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
