"""Threads share a buffered object whose raw object waits in Python code: who comes second waits outside.

The kind: every buffered type of `io`, made by whatever way (its constructor, a subclass, `makefile`, `open`), over a
raw object that waits for anything: a sleep, a lock, a queue, a socket. The C lock of such an object belongs to the
thread of the system. A call from inside the object's own call is refused as ever.
"""

import http.client
import io
import queue
import signal
import socket
import tempfile
import threading
import time

errors = []


def together(*functions):
    def run(function):
        try:
            function()
        except Exception as error:
            errors.append(f"{type(error).__name__}: {error}")

    threads = [threading.Thread(target=run, args=(function,)) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


class Slow(io.RawIOBase):
    """Waits in each call, and takes or gives little at a time, but never a part of a line and more."""

    def __init__(self, data=b""):
        self.data, self.at = bytearray(data), 0

    def readable(self):
        return True

    writable = seekable = readable

    def readinto(self, buffer):
        time.sleep(0.001)
        piece = self.data[self.at : self.at + len(buffer)]
        piece = piece[: piece.find(b"\n") + 1 or len(piece)]
        buffer[: len(piece)] = piece
        self.at += len(piece)
        return len(piece)

    def write(self, data):
        time.sleep(0.001)
        piece = bytes(data[:7])
        self.data[self.at : self.at + len(piece)] = piece
        self.at += len(piece)
        return len(piece)

    def seek(self, where, whence=0):
        time.sleep(0.001)
        self.at = where + (0, self.at, len(self.data))[whence]
        return self.at

    def tell(self):
        return self.at

    def truncate(self, size=None):
        time.sleep(0.001)
        del self.data[self.at if size is None else size :]
        return len(self.data)


class SlowFile(io.FileIO):
    def readinto(self, buffer):
        time.sleep(0.001)
        return super().readinto(memoryview(buffer)[:8])

    def readall(self):
        time.sleep(0.001)
        return super().readall()

    def write(self, data):
        time.sleep(0.001)
        return super().write(data[:7])


class Named(io.BufferedReader):
    def readline(self, size=-1):
        return super().readline(size).replace(b"line", b"row")


class Derived(io.BufferedWriter):
    pass


LINES = [b"line %02d\n" % number for number in range(40)]
TEXT = b"".join(LINES)
FILE = tempfile.NamedTemporaryFile()
FILE.write(TEXT)
FILE.flush()


def pair():
    return io.BufferedRWPair(Slow(TEXT), Slow(), 8)


def drained(read):
    """What four threads get that read until there is no more."""
    got = []

    def take():
        while piece := read():
            got.append(bytes(piece))

    together(take, take, take, take)
    return got


def readinto(f, name):
    buffer = threading.local()

    def read():
        buffer.value = bytearray(9)
        return buffer.value[: getattr(f, name)(buffer.value)]

    return read


for make in (
    lambda: io.BufferedReader(Slow(TEXT), 8),
    lambda: io.BufferedRandom(Slow(TEXT), 8),
    pair,
    lambda: Named(Slow(TEXT), 8),
    lambda: io.BufferedReader(SlowFile(FILE.name), 8),
    lambda: io.BufferedRandom(SlowFile(FILE.name, "r+"), 8),
):
    name = type(make()).__name__
    if not isinstance(make(), io.BufferedRWPair):
        print(name, *(sorted(drained(read)) for read in (make().readline, lambda f=make(): next(f, b""))))
    calls = (
        lambda f: lambda: f.read(5),
        lambda f: lambda: f.read1(5),
        lambda f: lambda: f.peek(1) and f.read(1),
        lambda f: readinto(f, "readinto"),
        lambda f: readinto(f, "readinto1"),
        lambda f: f.read,
    )
    print(name, [sum(map(len, drained(call(make())))) == len(TEXT) for call in calls])
text = io.TextIOWrapper(io.BufferedReader(Slow(TEXT), 8))
print(sorted(drained(lambda: text.readline().encode())) == sorted(LINES))

for make in (io.BufferedWriter, io.BufferedRandom, Derived, lambda raw, size: io.BufferedRWPair(Slow(), raw, size)):
    raw = Slow()
    f = make(raw, 16)

    def write(line, f=f):
        for _ in range(5):
            f.write(line)
        f.flush()

    together(*(lambda line=line: write(line) for line in (b"aaaa\n", b"bbbb\n", b"c" * 20 + b"\n")))
    f.close()
    print(type(f).__name__, {line: raw.data.splitlines().count(line) for line in (b"aaaa", b"bbbb", b"c" * 20)})

raw = Slow(TEXT)
f = io.BufferedRandom(raw, 8)
together(lambda: f.seek(3), lambda: f.read(20), lambda: f.truncate(100), f.flush, lambda: f.seek(0, 2), f.readline)
print(len(raw.data), f.seek(0), f.read(7))


class SlowEnd(Slow):
    closes = queue.SimpleQueue()

    def flush(self):
        if not self.closed and self.writes_late:
            self.closes.put("closes")
            time.sleep(0.05)

    writes_late = False


for make in (io.BufferedWriter, io.BufferedRandom):
    raw = SlowEnd()
    f, raw.writes_late = make(raw, 8), True
    closing = threading.Thread(target=f.close)
    closing.start()
    raw.closes.get()
    try:
        f.write(b"late")
    except ValueError as error:
        print("late:", error)
    closing.join()


class Helped(io.BufferedWriter):
    """Another thread writes what is left while this one closes."""

    def flush(self):
        if rest:
            jobs.put(rest.pop())
            done.get()
        super().flush()


def help():
    f.write(jobs.get())
    done.put(True)


rest, jobs, done, raw = [b"the rest"], queue.SimpleQueue(), queue.SimpleQueue(), Slow()
f = Helped(raw)
together(help, f.close)
print(raw.data, f.closed)

here, there = socket.socketpair()
lines = here.makefile("rb")
gate = threading.Barrier(4)


def serve():
    gate.wait()
    for line in LINES:
        there.sendall(line)
        time.sleep(0.0005)
    there.close()


got = []


def listen(read):
    gate.wait()
    while line := read():
        got.append(line)


together(
    serve, lambda: listen(lines.readline), lambda: listen(lines.readline), lambda: listen(lambda: next(lines, b""))
)
print(sorted(got) == sorted(LINES), type(lines) is io.BufferedReader)

here, there = socket.socketpair()
there.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(TEXT) + TEXT)
response = http.client.HTTPResponse(here)
response.begin()
print(sorted(drained(io.BufferedReader(response, 16).readline)) == sorted(LINES))


class Inner(Slow):
    """Comes back to its buffered object from inside of its call."""

    def readinto(self, buffer):
        try:
            f.peek()
        except RuntimeError as error:
            print(str(error).partition(" at ")[0].replace("_io.", ""))
        return super().readinto(buffer)


f = io.BufferedReader(Inner(TEXT[:10]))
together(lambda: print(f.read(10)))


def handle(number, frame):
    for call in (lambda: f.read(1), lambda: next(f), lambda: f.close()):
        try:
            call()
        except RuntimeError as error:
            print("handler:", str(error).partition(" at ")[0].replace("_io.", ""))


class Signals(Slow):
    def readinto(self, buffer):
        signal.raise_signal(signal.SIGUSR1)
        return super().readinto(buffer)


signal.signal(signal.SIGUSR1, handle)
f = io.BufferedReader(Signals(TEXT[:7]))
print(f.read(7))

f = io.BufferedReader(Slow(TEXT))
print([isinstance(f, kind) for kind in (io.BufferedReader, io.BufferedIOBase, io.IOBase, io.BufferedWriter)])
print(isinstance(open(FILE.name, "rb"), io.BufferedReader), issubclass(Named, io.BufferedReader))
print(
    io.BufferedReader in {type(open(FILE.name, "rb"))}, type(f) is io.BufferedReader, repr(f), repr(io.BufferedReader)
)
try:
    io.BufferedReader.read = None
except TypeError as error:
    print(error)
print(isinstance(f, Named), isinstance(Named(Slow()), Named), Named(Slow()).__class__ is Named, errors)
