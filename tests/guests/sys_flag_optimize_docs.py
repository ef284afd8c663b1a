# flags: -OO
"""-OO drops the doc strings of Python code, not those of C code."""

import queue
import select
import selectors
import socket
import subprocess
import threading
import time

print(__doc__, __debug__)
for name in ("sleep", "monotonic"):
    print(name, bool(getattr(time, name).__doc__))
for owner, names in (
    (threading, "Thread Condition Event Barrier Timer local current_thread enumerate RLock"),
    (threading.Thread, "start join run is_alive"),
    (queue, "Queue SimpleQueue"),
    (queue.Queue, "get put join task_done"),
    (socket, "socket create_connection getaddrinfo gethostbyname socketpair"),
    (socket.socket, "accept connect recv send sendall makefile sendfile settimeout"),
    (select, "select poll epoll"),
    (selectors, "DefaultSelector"),
    (subprocess.Popen, "wait communicate poll"),
):
    for name in names.split():
        print(owner.__name__, name, getattr(owner, name).__doc__ is None)
