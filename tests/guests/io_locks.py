"""Locks of files, and calls that wait for a disk: the same results and refusals beside other threads."""

import fcntl
import os
import tempfile
import threading

gate = threading.Event()
threading.Thread(target=gate.wait).start()


def outcome(call, *args):
    try:
        return call(*args)
    except Exception as error:
        return repr(error)


with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "file")
    first, second = open(path, "w+"), open(path, "w+")
    order = []

    def take(file, name):
        fcntl.flock(file, fcntl.LOCK_EX)
        order.append(name)
        fcntl.flock(file, fcntl.LOCK_UN)

    fcntl.flock(first, fcntl.LOCK_EX)
    print(outcome(fcntl.flock, second, fcntl.LOCK_EX | fcntl.LOCK_NB))
    thread = threading.Thread(target=take, args=(second, "second"))
    thread.start()
    order.append("first")
    fcntl.flock(first, fcntl.LOCK_UN)
    thread.join()
    print(order)
    for call, *args in (
        (fcntl.flock, -1, fcntl.LOCK_EX),
        (fcntl.flock, first, "x"),
        (fcntl.flock, "x", 1),
        (fcntl.lockf, first, 99),
        (fcntl.lockf, first, fcntl.LOCK_EX, 1, 2, 0),
        (fcntl.lockf, first, fcntl.LOCK_UN),
        (fcntl.fcntl, first, fcntl.F_GETFD),
        (fcntl.fcntl, first, -5),
        (os.lockf, first.fileno(), os.F_LOCK, 3),
        (os.lockf, first.fileno(), os.F_ULOCK, 3),
        (os.lockf, -1, os.F_LOCK, 0),
        (os.fsync, first),
        (os.fsync, first.fileno()),
        (os.fsync, -1),
        (os.fsync, "x"),
        (os.fdatasync, 999),
        (os.sync,),
        (os.posix_fallocate, first.fileno(), 0, 10),
        (os.posix_fallocate, first.fileno(), 0, -1),
        (os.copy_file_range, first.fileno(), second.fileno(), 4, 0, 4),
        (os.copy_file_range, -1, second.fileno(), 4),
        (os.splice, -1, 1, 4),
        (os.splice, first.fileno(), second.fileno(), 4),
        (os.eventfd_read, -1),
        (os.eventfd_read, os.eventfd(3)),
        (os.eventfd_read, os.eventfd(0, os.EFD_NONBLOCK)),
    ):
        print(call.__name__, outcome(call, *args))
gate.set()
