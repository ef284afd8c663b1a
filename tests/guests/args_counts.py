"""What C functions say when they get too few, too many or unknown arguments."""

import _thread
import queue
import select
import socket
import threading
import time

left, right = socket.socketpair()
lock, rlock, items = threading.Lock(), threading.RLock(), queue.SimpleQueue()
for call, args, kwargs in (
    (time.sleep, (), {}),
    (time.sleep, (1, 2), {}),
    (time.sleep, (), {"secs": 1}),
    (lock.acquire, (1, 2, 3), {}),
    (lock.acquire, (), {"waiting": True}),
    (lock.release, (1,), {}),
    (lock.locked, (1,), {}),
    (rlock.acquire, (1, 2, 3), {}),
    (rlock.release, (1,), {}),
    (threading.Lock, (1,), {}),
    (_thread.start_new_thread, (print,), {}),
    (_thread.start_new_thread, (print, (), {}, 4), {}),
    (_thread.get_ident, (1,), {}),
    (items.get, (1, 2, 3), {}),
    (items.get, (), {"wait": 1}),
    (items.put, (), {}),
    (queue.SimpleQueue, (1,), {}),
    (left.recv, (), {}),
    (left.recv, (1, 2, 3), {}),
    (left.recv, (), {"bufsize": 1}),
    (left.send, (), {}),
    (left.sendall, (), {}),
    (left.sendto, (b"data",), {}),
    (left.connect, (), {}),
    (left.recv_into, (), {}),
    (left.accept, (5,), {}),
    (left.settimeout, (), {}),
    (select.select, ([],), {}),
    (select.select, ([], [], [], 1, 2), {}),
    (select.select, (), {"rlist": []}),
    (select.poll, (1,), {}),
    (select.poll().poll, (1, 2), {}),
    (select.epoll, (1, 2, 3), {}),
    (select.epoll().poll, (1, 2, 3), {}),
    (socket.gethostbyname, (), {}),
):
    try:
        print(call(*args, **kwargs))
    except TypeError as error:
        print(error)
