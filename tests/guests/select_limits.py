"""Time-outs that select, poll and epoll take or refuse, and a poll object in use by two threads."""

import os
import select
import threading

read, write = os.pipe()
poll, epoll = select.poll(), select.epoll()
poll.register(read, select.POLLIN)
epoll.register(read, select.EPOLLIN)
calls = {"poll": poll.poll, "epoll": epoll.poll, "select": lambda timeout: select.select([read], [], [], timeout)}

os.write(write, b"x")
nan, inf = float("nan"), float("inf")
limits = [2**31 - 1, 2**31, -(2**31), -(2**31) - 1, 2**62, 2**64, -(2**64), 2147483.648, 1e10, nan, inf, -inf]
for timeout in [None, 0.5, -5, "x", *limits]:
    for name, call in calls.items():
        try:
            print(name, timeout, len(call(timeout)))
        except Exception as error:
            print(name, timeout, repr(error))

os.read(read, 1)
thread = threading.Thread(target=lambda: print("thread:", poll.poll() == [(read, select.POLLIN)]))
thread.start()
busy = False
while not busy:
    try:
        poll.poll(0)
    except RuntimeError as error:
        busy = True
        print(error)
os.write(write, b"x")
thread.join()
print(len(poll.poll()))
