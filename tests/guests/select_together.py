"""Threads wait in every kind of poller at once, on the same descriptor and on different ones."""

import select
import selectors
import socket
import threading

pairs = [socket.socketpair() for _ in range(5)]
waiting = threading.Semaphore(0)
found = []


def wait(name, call):
    waiting.release()
    found.append((name, bool(call())))


poll = select.poll()
poll.register(pairs[1][0], select.POLLIN)
epoll = select.epoll()
epoll.register(pairs[2][0], select.EPOLLIN)
selector = selectors.DefaultSelector()
selector.register(pairs[3][0], selectors.EVENT_READ)
calls = {
    "select": lambda: select.select([pairs[0][0]], [], []),
    "poll": poll.poll,
    "epoll": epoll.poll,
    "selector": selector.select,
    "recv": lambda: pairs[4][0].recv(1),
    "select of all": lambda: select.select([left for left, right in pairs], [], []),
}
threads = [threading.Thread(target=wait, args=item) for item in calls.items()]
for thread in threads:
    thread.start()
    waiting.acquire()
for left, right in pairs:
    right.send(b"xx")
for thread in threads:
    thread.join()
print(sorted(found))
