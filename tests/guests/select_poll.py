"""select.poll: events, time-outs, hang-up, bad descriptors."""

import re
import select
import socket
import threading

left, right = socket.socketpair()


def attempt(call, *args):
    try:
        found = call(*args)
        return [(fd == left.fileno(), event) for fd, event in found] if isinstance(found, list) else found
    except Exception as error:
        return type(error).__name__, str(error)


def show():
    poll = select.poll()
    print(
        attempt(poll.poll, 0),
        attempt(poll.poll, 10),
        attempt(poll.register, left, select.POLLIN),
        attempt(poll.poll, 0),
    )
    print(attempt(poll.poll, 10), attempt(poll.modify, left, select.POLLIN | select.POLLOUT), attempt(poll.poll, None))
    print(attempt(poll.modify, left, select.POLLIN), attempt(poll.modify, 9999, 1), attempt(poll.unregister, 9999))
    print(
        attempt(poll.register, -1), attempt(poll.register, "text"), attempt(poll.poll, "text"), attempt(poll.poll, -0.0)
    )
    threading.Timer(0.02, right.send, (b"x",)).start()
    print(attempt(poll.poll, 5000), left.recv(1))
    threading.Timer(0.02, right.send, (b"x",)).start()
    print(attempt(poll.poll), left.recv(1))
    print(re.sub("0x[0-9a-f]+", "..", repr(poll)), attempt(poll.unregister, left), attempt(poll.poll, 1))


show()
thread = threading.Thread(target=show)
thread.start()
thread.join()
poll = select.poll()
poll.register(left, select.POLLIN)
threading.Timer(0.02, right.close).start()
print(attempt(poll.poll, 5000))
left.close()
print([event == select.POLLNVAL for fd, event in poll.poll(0)])
