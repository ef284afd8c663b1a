"""select and selectors, os, fcntl, io: pipes, FIFOs, terminals, locks of files. Run with a pipe as standard input."""

import ctypes
import fcntl
import os
import select
import selectors
import socket
import struct
import sys
import tempfile
import threading
import tty

from heart import later, operation, perform

SHORT, LONG = 0.1, 60  # seconds
FOLDER = tempfile.mkdtemp()
BIG = bytes(200_000)  # more than a pipe holds


def path(name):
    return os.path.join(FOLDER, name)


def written(data=b"data\n"):
    """The end of a pipe into which `data` is written."""
    reader, writer = os.pipe()
    later(os.write, writer, data)
    return reader


def drain(reader, size):
    while size > 0:
        size -= len(os.read(reader, 1 << 16))


def drained():
    """The end of a pipe from which as many bytes will be read."""
    reader, writer = os.pipe()
    later(threading.Thread(target=drain, args=(reader, len(BIG))).start)
    return writer


def filled():
    """The end of a pipe that takes nothing until the heart has beaten."""
    reader, writer = os.pipe()
    os.write(writer, bytes(fcntl.fcntl(writer, fcntl.F_GETPIPE_SZ)))
    later(os.read, reader, 1 << 16)
    return writer


def terminal():
    """A terminal at which a line is typed."""
    keys, fd = os.openpty()
    tty.setraw(keys)
    later(os.write, keys, b"typed\n")
    return fd


# -- polling -----------------------------------------------------------------------------------------------------------


@operation
def select_select():
    return len(select.select([written()], [], [])[0])


@operation
def select_times_out():
    return select.select([os.pipe()[0]], [], [], SHORT)


@operation
def poll():
    poller = select.poll()
    poller.register(written(), select.POLLIN)
    return [event for _, event in poller.poll()]


@operation
def poll_with_time_out():
    poller = select.poll()
    poller.register(written(), select.POLLIN)
    return [event for _, event in poller.poll(LONG * 1000)]


@operation
def epoll():
    with select.epoll() as poller:
        poller.register(written(), select.EPOLLIN)
        return [event for _, event in poller.poll()]


@operation
def epoll_nested():
    with select.epoll() as outer, select.epoll() as inner:
        inner.register(written(), select.EPOLLIN)
        outer.register(inner, select.EPOLLIN)
        return [event for _, event in outer.poll(LONG)]


@operation
def epoll_times_out():
    with select.epoll() as poller:
        return poller.poll(SHORT)


@operation
def default_selector():
    with selectors.DefaultSelector() as selector:
        selector.register(written(), selectors.EVENT_READ, "pipe")
        return [key.data for key, _ in selector.select()]


@operation
def poll_selector():
    with selectors.PollSelector() as selector:
        selector.register(written(), selectors.EVENT_READ, "pipe")
        return [key.data for key, _ in selector.select(LONG)]


@operation
def select_selector():
    with selectors.SelectSelector() as selector:
        selector.register(written(), selectors.EVENT_READ, "pipe")
        return [key.data for key, _ in selector.select()]


# -- os ----------------------------------------------------------------------------------------------------------------


@operation
def read():
    return os.read(written(), 10)


@operation
def readv():
    return os.readv(written(), [bytearray(2), bytearray(8)])


@operation
def write():
    return os.write(filled(), b"data")


@operation
def write_much():
    return os.write(drained(), BIG)


@operation
def writev():
    return os.writev(filled(), [b"da", b"ta"])


@operation
def sendfile():
    left, right = socket.socketpair()
    with open(path("sent"), "w+b") as file:
        file.truncate(1 << 22)
        thread = threading.Thread(target=drain, args=(right.fileno(), 1 << 22))
        later(thread.start)
        sent = 0
        while sent < 1 << 22:
            sent += os.sendfile(left.fileno(), file.fileno(), sent, (1 << 22) - sent)
        return sent, thread.join()


@operation
def splice():
    return os.splice(written(), os.pipe()[1], 10)


@operation
def read_terminal():
    return os.read(terminal(), 10)


@operation
def read_socket():
    left, right = socket.socketpair()
    later(right.send, b"data")
    return os.read(left.fileno(), 10)


@operation
def eventfd():
    fd = os.eventfd(0)
    later(os.eventfd_write, fd, 3)
    return os.eventfd_read(fd)


@operation
def eventfd_by_read():
    fd = os.eventfd(0)
    later(os.eventfd_write, fd, 3)
    return struct.unpack("Q", os.read(fd, 8))


@operation
def timerfd():
    fd = libc.timerfd_create(1, 0)
    libc.timerfd_settime(fd, 0, struct.pack("llll", 0, 0, 0, int(SHORT * 1e9)), None)
    return struct.unpack("Q", os.read(fd, 8))


@operation
def inotify():
    fd = libc.inotify_init()
    libc.inotify_add_watch(fd, FOLDER.encode(), 0x100)  # IN_CREATE
    later(os.mkdir, path("made"))
    return os.read(fd, 100).rstrip(b"\0")[-4:]


@operation
def open_fifo_to_read():
    os.mkfifo(path("a"))
    later(threading.Thread(target=lambda: os.close(os.open(path("a"), os.O_WRONLY))).start)
    return os.read(os.open(path("a"), os.O_RDONLY), 10)


@operation
def open_fifo_to_write():
    os.mkfifo(path("b"))
    later(threading.Thread(target=lambda: os.close(os.open(path("b"), os.O_RDONLY))).start)
    return os.open(path("b"), os.O_WRONLY) > 0


# -- locks of files ----------------------------------------------------------------------------------------------------


def locked(lock, unlock):
    """A file that is locked through another description until the heart has beaten."""
    other, mine = open(path("locked"), "w+b"), open(path("locked"), "r+b")
    lock(other)
    later(unlock, other)
    return mine


def open_description_lock(kind):
    return struct.pack("hhqqi4x", kind, os.SEEK_SET, 0, 0, 0)


def set_open_description_lock(command, kind):
    return lambda file: fcntl.fcntl(file, command, open_description_lock(kind))


F_OFD_SETLK, F_OFD_SETLKW = 37, 38


@operation
def flock():
    with locked(lambda file: fcntl.flock(file, fcntl.LOCK_EX), lambda file: fcntl.flock(file, fcntl.LOCK_UN)) as file:
        return fcntl.flock(file, fcntl.LOCK_EX)


@operation
def open_description():
    lock, unlock = (set_open_description_lock(F_OFD_SETLK, kind) for kind in (fcntl.F_WRLCK, fcntl.F_UNLCK))
    with locked(lock, unlock) as file:
        return len(fcntl.fcntl(file, F_OFD_SETLKW, open_description_lock(fcntl.F_WRLCK)))


def locked_by_child():
    """A file that a child process has locked until the heart has beaten."""
    file = open(path("of a child"), "w+b")
    told, tell = os.pipe()
    heard, leave = os.pipe()
    if not os.fork():
        os.close(leave)
        fcntl.lockf(file, fcntl.LOCK_EX)
        os.write(tell, b"!")
        os.read(heard, 1)
        os._exit(0)
    os.read(told, 1)
    later(os.close, leave)
    return file


@operation
def fcntl_lockf():
    with locked_by_child() as file:
        return fcntl.lockf(file, fcntl.LOCK_EX), os.wait()[1]


@operation
def os_lockf():
    with locked_by_child() as file:
        return os.lockf(file.fileno(), os.F_LOCK, 0), os.wait()[1]


@operation
def fcntl_set_lock():
    with locked_by_child() as file:
        lock = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
        return len(fcntl.fcntl(file, fcntl.F_SETLKW, lock)), os.wait()[1]


# -- file objects ------------------------------------------------------------------------------------------------------


@operation
def file_readline():
    return os.fdopen(written()).readline()


@operation
def file_next():
    return next(os.fdopen(written(), "rb"))


@operation
def file_read():
    return open(written(), "rb").read(4)


@operation
def file_readinto_unbuffered():
    return open(written(), "rb", buffering=0).readinto(bytearray(10))


@operation
def file_peek():
    return open(written(), "rb").peek()


@operation
def file_read_all():
    reader, writer = os.pipe()
    later(os.close, writer)
    return os.fdopen(reader).read()


@operation
def file_write():
    with open(drained(), "wb") as file:
        return file.write(BIG)


@operation
def print_to_full_pipe():
    with open(filled(), "w") as file:
        return print("text", file=file, flush=True)


@operation
def file_on_terminal():
    return open(terminal()).readline()


@operation
def fifo_object():
    os.mkfifo(path("c"))
    later(threading.Thread(target=lambda: open(path("c"), "w").close()).start)
    with open(path("c")) as file:
        return file.read()


@operation
def device_of_stdin():
    later(os.write, stdin, b"to the device\n")
    with open("/dev/stdin", buffering=1) as file:
        return file.readline()


@operation
def stdin_readline():
    later(os.write, stdin, b"a line\n")
    return sys.stdin.readline()


@operation
def stdin_by_input():
    later(os.write, stdin, b"an answer\n")
    return input()


def at_terminal(keys):
    """`input` with a terminal as standard input and output, at which `keys` are typed."""
    master, fd = os.openpty()
    kept = [os.dup(fd) for fd in (0, 1)]
    try:
        for standard in (0, 1):
            os.dup2(fd, standard)
        later(os.write, master, keys)
        return input()
    finally:
        for standard, fd in enumerate(kept):
            os.dup2(fd, standard)


@operation
def input_at_terminal():
    return at_terminal(b"typed\n")


@operation
def input_edited_at_terminal():
    """From the import on, `readline` edits the line: here the first key is deleted."""
    import readline

    readline.parse_and_bind("set enable-bracketed-paste off")
    return at_terminal(b"Xtyped\x01\x04\x05!\n")


libc = ctypes.CDLL(None)
stdin = os.open("/dev/stdin", os.O_WRONLY)
perform()
