"""select.select: readiness, empty lists, time-outs, and what it refuses."""

import select
import socket
import threading
import time

left, right = socket.socketpair()


def attempt(*args):
    try:
        return [len(ready) for ready in select.select(*args)]
    except Exception as error:
        return type(error).__name__, str(error)


def show():
    print(
        attempt([left], [], [], 0),
        attempt([left], [left], [], 0),
        attempt([], [], [], 0.01),
        attempt([left], [], [], 0.01),
    )
    print(attempt([left.fileno()], [], [right], 0), attempt((left, right), (right,), (), 0))
    print(attempt([-1], [], [], 0), attempt(["text"], [], [], 0), attempt(5, [], [], 0))
    print(attempt([left], [], [], -1), attempt([left], [], [], "text"), attempt([1 << 20], [], [], 0))
    timer = threading.Timer(0.02, right.send, (b"x",))
    start = time.monotonic()
    timer.start()
    print(select.select([left, right], [], [], 5)[0] == [left], time.monotonic() - start >= 0.01)
    print(attempt([left], [], []), left.recv(1), attempt([], [left], []))


show()
thread = threading.Thread(target=show)
thread.start()
thread.join()
closed = socket.socket()
closed.close()
print(attempt([closed], [], [], 0))
number = left.fileno()
left.close()
print(attempt([number], [], [], 0))
right.setblocking(False)
print(attempt([right], [], [], 5), right.recv(1))
