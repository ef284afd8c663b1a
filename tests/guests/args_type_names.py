"""How objects written in C are called in errors about their attributes."""

import _thread
import queue
import select
import threading

for thing in (
    threading.Lock(),
    threading.RLock(),
    queue.SimpleQueue(),
    threading.local(),
    select.poll(),
    select.epoll(),
):
    try:
        print(thing.missing)
    except AttributeError as error:
        print(error)
    try:
        thing.__dict__ = {}
    except AttributeError as error:
        print(error)
    try:
        print(thing + 1)
    except TypeError as error:
        print(error)
for call in (lambda: _thread.start_new_thread.missing, lambda: threading.Lock.missing):
    try:
        call()
    except AttributeError as error:
        print(error)
