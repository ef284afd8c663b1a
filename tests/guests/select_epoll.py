"""select.epoll: events, edges, one shot, time-outs, closing, errors."""

import os
import select
import socket
import threading

left, right = socket.socketpair()


def attempt(call, *args, **kwargs):
    try:
        found = call(*args, **kwargs)
        return [(fd == left.fileno(), event) for fd, event in found] if isinstance(found, list) else found
    except Exception as error:
        return type(error).__name__, str(error)


def show():
    with select.epoll() as epoll:
        print(epoll.closed, epoll.fileno() > 2, os.get_inheritable(epoll.fileno()))
        print(attempt(epoll.poll, 0), attempt(epoll.poll, 0.01), attempt(epoll.register, left, select.EPOLLIN))
        print(attempt(epoll.register, left), attempt(epoll.poll, timeout=0.01), attempt(epoll.poll, maxevents=0))
        print(attempt(epoll.modify, 9999, 1), attempt(epoll.unregister, 9999), attempt(epoll.poll, "text"))
        threading.Timer(0.02, right.send, (b"x",)).start()
        print(attempt(epoll.poll, 5), attempt(epoll.poll), attempt(epoll.poll, -1), attempt(epoll.poll, None, 1))
        print(
            attempt(epoll.modify, left, select.EPOLLIN | select.EPOLLET), attempt(epoll.poll, 0), attempt(epoll.poll, 0)
        )
        print(
            attempt(epoll.modify, left, select.EPOLLIN | select.EPOLLONESHOT),
            attempt(epoll.poll, 1),
            attempt(epoll.poll, 0),
        )
        print(left.recv(1), attempt(epoll.unregister, left))
    print(epoll.closed, attempt(epoll.poll, 0), attempt(epoll.fileno), attempt(epoll.close), attempt(epoll.__enter__))


show()
thread = threading.Thread(target=show)
thread.start()
thread.join()
print(attempt(select.epoll, -5), attempt(select.epoll, 5, 99), attempt(select.epoll.fromfd, 9999).fileno())
with select.epoll() as outer, select.epoll() as inner:
    inner.register(left, select.EPOLLIN)
    outer.register(inner.fileno(), select.EPOLLIN)
    threading.Timer(0.02, right.send, (b"x",)).start()
    print([fd == inner.fileno() for fd, event in outer.poll(5)], attempt(inner.poll, 0))
