"""Types written in C: which may be called, and which may be the base of a class."""

import _thread
import select
import threading

for kind in (type(threading.Lock()), type(threading.RLock()), threading.local, type(select.poll()), select.epoll):
    try:
        print(kind.__name__, type(kind()) is kind)
    except TypeError as error:
        print(error)
    try:
        print(type("Sub", (kind,), {}).__mro__[1] is kind)
    except TypeError as error:
        print(error)
print(_thread.LockType is type(_thread.allocate_lock()))
