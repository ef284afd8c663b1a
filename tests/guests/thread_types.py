"""Classes stay classes and factories stay factories: isinstance, issubclass and annotations go on working."""

import _thread
import queue
import select
import selectors
import socket
import threading
import time


def kind(thing):
    return f"class {thing.__module__}.{thing.__qualname__}" if isinstance(thing, type) else callable(thing)


for owner, names in (
    (threading, "Thread Lock RLock Condition Semaphore Event Barrier Timer local ThreadError ExceptHookArgs"),
    (_thread, "LockType RLock _local start_new_thread allocate_lock"),
    (queue, "Queue SimpleQueue LifoQueue PriorityQueue Empty Full"),
    (socket, "socket SocketType socketpair timeout error"),
    (select, "select epoll poll error"),
    (selectors, "DefaultSelector"),
    (time, "sleep monotonic"),
):
    print(owner.__name__, [(name, kind(getattr(owner, name))) for name in names.split()])
print(isinstance(threading.Lock(), type(threading.Lock())), type(threading.Lock()) is type(_thread.allocate_lock()))
print(isinstance(threading.RLock(), type(threading.RLock())), isinstance(queue.SimpleQueue(), queue.SimpleQueue))
print(issubclass(socket.socket, socket.SocketType), isinstance(select.epoll(), select.epoll))


class Mine(queue.SimpleQueue):
    pass


print(Mine().empty(), isinstance(Mine(), queue.SimpleQueue), Mine.__mro__[1] is queue.SimpleQueue)
