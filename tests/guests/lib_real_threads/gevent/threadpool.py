import _thread
import ctypes
import os
import threading

libc = ctypes.CDLL(None)


class Loop:
    """Waits for a byte of its pipe, in C."""

    def __init__(self):
        self.reader, self.writer = os.pipe()
        self.results = []

    def run(self):
        pollfd = (ctypes.c_int * 2)(self.reader, 1)
        libc.poll(ctypes.byref(pollfd), 1, 10_000)
        os.read(self.reader, 1)
        return self.results.pop()

    def call_back(self, result):
        self.results.append(result)
        os.write(self.writer, b"x")


class Worker(threading.Thread):
    def __init__(self, loop, function, daemon=True):
        super().__init__(daemon=daemon)
        self.loop, self.function = loop, function

    def run(self):
        self.loop.call_back(self.function())


class Raw:
    """Is called in a thread."""

    def __init__(self, loop, function):
        self.loop, self.function = loop, function

    def __call__(self):
        self.loop.call_back(self.function())

    def begin(self):
        self()


def by_object(loop, function):
    _thread.start_new_thread(Raw(loop, function), ())


def by_method(loop, function):
    _thread.start_new_thread(Raw(loop, function).begin, ())


def by_function(loop, function):
    threading.Thread(target=_serve, args=(loop, function), daemon=True).start()


def by_caller(loop, start, *args):
    _thread.start_new_thread(start, args)


def _serve(loop, function):
    loop.call_back(function())
