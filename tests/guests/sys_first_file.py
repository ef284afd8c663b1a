"""The first file a program opens gets the first free number, as after a plain start."""

import os
import socket

first = os.open(os.devnull, os.O_RDONLY)
left, right = socket.socketpair()
print(first, left.fileno(), right.fileno())
