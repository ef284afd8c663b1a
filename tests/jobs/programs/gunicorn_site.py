"""The Flask site, for gunicorn: in addition, requests that are held, that last, and that stop the worker."""

import os
import signal
import threading
import time

from flask import request
from flask_site import app


@app.get("/pid")
def pid():
    return str(os.getpid())


@app.get("/held")
def held():
    """Answered when who writes to the FIFO closes it."""
    with open(request.args["fifo"]) as fifo:
        return f"{fifo.read()} {os.getpid()}"


@app.get("/long")
def long():
    time.sleep(request.args.get("seconds", type=float))
    return f"long {os.getpid()}"


@app.get("/stop")
def stop():
    os.kill(os.getpid(), signal.SIGSTOP)
    threading.Event().wait()  # the thread that stops first may be another one
