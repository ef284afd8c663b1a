"""A Flask site on the threaded development server, with client threads in the same program.

As a module it is just the site: `flask --app flask_site run`.
"""

import hashlib
import logging
import resource
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter

from flask import Flask, Response, abort, g, request, stream_with_context
from werkzeug.serving import BaseWSGIServer

DELAY = 0.2

app = Flask("site")
arrived = []
gathering = threading.Condition()


@app.before_request
def remember():
    g.number = request.args.get("number", type=int)


@app.get("/meet")
def meet():
    """Answered when as many have asked as are to come."""
    with gathering:
        arrived.append(g.number)
        if len(arrived) == request.args.get("of", type=int):
            gathering.notify_all()
        gathering.wait_for(lambda: len(arrived) >= request.args.get("of", type=int))
    return f"{g.number} met the others"


@app.get("/slow")
def slow():
    """What a request has in its context is still its own after the others had their turns."""
    time.sleep(DELAY)
    return {"path": request.path, "number": request.args["number"], "remembered": g.number}


@app.get("/stream")
def stream():
    def lines():
        for line in range(5):
            time.sleep(DELAY / 5)
            yield f"line {line} of {g.number} for {request.args['number']}\n"

    return Response(stream_with_context(lines()), mimetype="text/plain")


@app.post("/form")
def form():
    time.sleep(DELAY)
    return "&".join(f"{name}={value}" for name, value in sorted(request.form.items())), 201


@app.get("/broken")
def broken():
    abort(418 if g.number % 2 else 503)


def fetch(url, data=None):
    try:
        with urllib.request.urlopen(url, data, timeout=50) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def ask_all(site, count):
    """The answers to `count` clients, each a thread that asks for all pages in turn."""
    answers = [None] * count

    def client(number):
        asked = f"?number={number}"
        answers[number] = [
            fetch(f"{site}/meet{asked}&of={count}"),
            fetch(f"{site}/slow{asked}"),
            fetch(f"{site}/stream{asked}"),
            fetch(f"{site}/form", f"number={number}&text={'x' * number}".encode()),
            fetch(f"{site}/broken{asked}"),
        ]

    threads = [threading.Thread(target=client, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def show(answers):
    print("clients", len(answers), "failed", answers.count(None))
    print("statuses", sorted(Counter(status for pages in answers for status, _ in pages).items()))
    print("first", answers[0])
    print("digest", hashlib.sha256(repr(answers).encode()).hexdigest())


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_up(port):
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.02)


def serve_and_ask(count):
    BaseWSGIServer.request_queue_size = 1024
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    port = free_port()
    threading.Thread(target=app.run, kwargs={"port": port, "threaded": True}, daemon=True).start()
    wait_until_up(port)
    show(ask_all(f"http://127.0.0.1:{port}", count))


if __name__ == "__main__":
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 1500)), hard))
    if sys.argv[1].isdigit():
        serve_and_ask(int(sys.argv[1]))
    else:
        show(ask_all(sys.argv[1], int(sys.argv[2])))
