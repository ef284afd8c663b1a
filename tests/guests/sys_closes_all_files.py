"""A program that closes every descriptor it did not open, as daemons do, goes on working."""

import os
import socket
import threading
import time

os.closerange(3, 1024)
left, right = socket.socketpair()
answers = []


def work():
    time.sleep(0.02)
    answers.append(right.recv(10))
    right.sendall(b"pong")


thread = threading.Thread(target=work)
thread.start()
left.sendall(b"ping")
answers.append(left.recv(10))
thread.join(5)
print(answers, thread.is_alive())
