"""Exit functions may wait: for threads, for queues, for sockets."""

import atexit
import queue
import socket
import threading
import time

requests = queue.Queue()
answers = []


def serve():
    for number in iter(requests.get, None):
        time.sleep(0.01)
        answers.append(number)


def stop():
    requests.put(None)
    thread.join(5)
    print(answers, thread.is_alive())


def talk():
    left, right = socket.socketpair()
    with left, right:
        left.send(b"hello")
        print(right.recv(5))


atexit.register(talk)
atexit.register(stop)
thread = threading.Thread(target=serve, daemon=True)
thread.start()
for number in range(3):
    requests.put(number)
print("main is done")
