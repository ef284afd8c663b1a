# flags: -W error
"""-W error: what the standard library and the start-up do must not warn."""

import asyncio
import concurrent.futures
import http.server  # noqa: F401
import multiprocessing  # noqa: F401
import queue
import selectors
import socket
import socketserver  # noqa: F401
import sqlite3  # noqa: F401
import ssl  # noqa: F401
import subprocess
import threading
import warnings


def warn():
    try:
        warnings.warn("in a thread", stacklevel=1)
    except UserWarning as error:
        print(repr(error))


left, right = socket.socketpair()
with left, right, selectors.DefaultSelector() as selector, concurrent.futures.ThreadPoolExecutor(1) as pool:
    selector.register(right, selectors.EVENT_READ)
    pool.submit(left.send, b"x")
    print(len(selector.select(5)), right.recv(1))
thread = threading.Thread(target=warn)
thread.start()
thread.join()
print(subprocess.run(["true"]).returncode, queue.SimpleQueue().empty(), asyncio.run(asyncio.sleep(0, "done")))
