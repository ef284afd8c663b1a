"""A whole service in one program: `requests` clients in a thread pool, Flask's threaded server, and redis behind it.

Usage: recorded_site.py REDIS_PORT CLIENTS ROUNDS SIZE. In each round a client fetches a page of SIZE bytes, posts as
many, counts in redis and pauses. The last line is JSON: what the program itself counted.
"""

import json
import logging
import socket
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import redis
import requests
from flask import Flask, request
from werkzeug.serving import WSGIRequestHandler, make_server

REDIS_PORT, CLIENTS, ROUNDS, SIZE = map(int, sys.argv[1:])

app = Flask("site")
store = redis.Redis(host="127.0.0.1", port=REDIS_PORT, max_connections=2 * CLIENTS + 10, socket_timeout=50)
requested = []
connected = []
slept = []


class Handler(WSGIRequestHandler):
    def setup(self):
        connected.append(self.client_address)
        super().setup()


def pause(seconds):
    slept.append(seconds)
    time.sleep(seconds)


@app.before_request
def count():
    requested.append(request.path)


@app.get("/page/<int:number>")
def page(number):
    pause(0.005)
    store.incr("pages")
    return "x" * SIZE


@app.post("/store/<int:number>")
def keep(number):
    data = request.get_data()
    store.set(f"kept:{number}", data)
    return {"length": len(store.get(f"kept:{number}"))}


def client(site, number):
    """How many bytes of its pages and posts arrived."""
    got = 0
    with requests.Session() as session:
        for turn in range(ROUNDS):
            got += len(session.get(f"{site}/page/{number}", timeout=50).content)
            got += session.post(f"{site}/store/{number}", data=b"y" * SIZE, timeout=50).json()["length"]
            store.incr("rounds")
            pause(0.001 * (turn % 5))
    return got


def main():
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Handler)
    server.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 16)  # a large page goes out in pieces
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    with ThreadPoolExecutor(CLIENTS) as pool:
        got = sum(pool.map(lambda number: client(f"http://127.0.0.1:{server.port}", number), range(CLIENTS)))
    rounds = int(store.get("rounds"))
    store.close()
    server.shutdown()
    serving.join()
    server.server_close()
    assert (rounds, got) == (CLIENTS * ROUNDS, CLIENTS * ROUNDS * 2 * SIZE), (rounds, got)
    counted = {"requests": len(requested), "connections": len(connected)}
    print(json.dumps({**counted, "rounds": rounds, "sleeps": len(slept), "slept": sum(slept)}))


if __name__ == "__main__":
    main()
