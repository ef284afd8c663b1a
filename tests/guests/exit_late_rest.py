"""Destructors that run when modules are cleared already call what is replaced: the rest, beside sockets and locks.

See `exit_late_destructors`. What a function needs is in its defaults, as there are no names any more.
"""

import _signal
import _thread
import asyncio
import builtins
import bz2
import contextvars
import faulthandler
import fcntl
import hashlib
import io
import lzma
import multiprocessing
import os
import queue
import select
import signal
import socket
import ssl
import sys
import tempfile
import threading
import time
import zlib
from concurrent.futures import ThreadPoolExecutor

DATA = bytes(1 << 18)


class Calls:
    """Calls each of its steps when it is destroyed."""

    def __init__(self, where, **steps):
        self.where, self.steps = where, steps

    def __del__(self, write=os.write, error=BaseException, kind=type, text=repr):
        for name, step in self.steps.items():
            try:
                function, *args = step
                result = text(function(*args))
            except error as failure:
                result = f"{kind(failure).__name__}: {failure}"
            write(1, f"{self.where}: {name}: {result}\n".encode())


def files():
    file = tempfile.TemporaryFile(buffering=0)
    number = file.fileno()
    reader, writer = os.pipe()
    spare = os.dup(reader)
    null = os.open(os.devnull, os.O_RDWR)
    controller, terminal = os.openpty()
    folder = tempfile.mkdtemp()
    return {
        "flock": (fcntl.flock, number, fcntl.LOCK_EX),
        "lockf": (fcntl.lockf, file, fcntl.LOCK_EX),
        "fsync": (os.fsync, number),
        "fdatasync": (os.fdatasync, number),
        "ftruncate": (os.ftruncate, number, 10),
        "pwrite": (os.pwrite, number, b"abc", 0),
        "pread": (os.pread, number, 3, 0),
        "preadv": (os.preadv, number, [bytearray(2)], 0),
        "pwritev": (os.pwritev, number, [b"z"], 0),
        "read": (os.read, number, 4),
        "sendfile": (os.sendfile, writer, number, 0, 3),
        "splice": (os.splice, reader, null, 2),
        "writev": (os.writev, writer, [b"a", b"b"]),
        "set_blocking": (os.set_blocking, reader, False),
        "read pipe": (os.read, reader, 100),
        "read empty": (os.read, reader, 100),
        "open": (lambda open=open, path=os.devnull: open(path, "wb", 0).write(b"x"),),
        "os.open": (lambda open=os.open, close=os.close, path=os.devnull: close(open(path, 0)),),
        "io.open": (lambda open=io.open, fd=spare: open(fd, "rb").close(),),
        "write terminal": (os.write, controller, b"x"),
        "read echo": (os.read, controller, 1),
        "close terminal": (os.close, terminal),
        "dup": (lambda dup=os.dup, close=os.close, fd=reader: close(dup(fd)),),
        "closerange": (os.closerange, 900, 910),
        "mkdir": (os.mkdir, folder + "/a"),
        "rename": (os.rename, folder + "/a", folder + "/b"),
        "rmdir": (os.rmdir, folder + "/b"),
        "rmdir folder": (os.rmdir, folder),
        "listdir": (lambda listdir=os.listdir, len=len: len(listdir("/")) > 0,),
        "system": (os.system, "true"),
        "wait": (os.wait,),
        "waitid": (os.waitid, os.P_ALL, 0, os.WEXITED),
        "input": (input,),
    }


def computing():
    return {
        "bz2": (lambda make=bz2.BZ2Compressor, len=len: len(make().compress(b"x")),),
        "lzma": (lambda make=lzma.LZMACompressor, len=len: len(make().compress(b"x")),),
        "sha256": (lambda sha256=hashlib.sha256, data=DATA: sha256(data).hexdigest()[:8],),
        "pbkdf2": (lambda derive=hashlib.pbkdf2_hmac, len=len: len(derive("sha1", b"a", b"b", 10)),),
        "zlib": (lambda pack=zlib.compress, unpack=zlib.decompress, data=DATA: unpack(pack(data)) == data,),
        "crc32": (zlib.crc32, b"xx"),
        "compressobj": (lambda make=zlib.compressobj, data=DATA, len=len: len(make().compress(data)) > 0,),
    }


def threads():
    mutex, nested, counted = multiprocessing.Lock(), multiprocessing.RLock(), multiprocessing.Semaphore(2)
    condition, semaphore, simple = threading.Condition(), threading.Semaphore(), queue.SimpleQueue()
    executor = ThreadPoolExecutor(1)
    executor.submit(int).result()
    executor.shutdown()
    loop = asyncio.new_event_loop()
    return {
        "Lock of processes": (lambda lock=mutex: (lock.acquire(), lock.release(), lock.acquire(False)),),
        "RLock of processes": (lambda lock=nested: (lock.acquire(), lock.acquire(), lock.release()),),
        "Semaphore of processes": (lambda each=counted: (each.acquire(), each.get_value(), each.release()),),
        "running loop": (asyncio._get_running_loop,),
        "close loop": (loop.close,),
        "queue": (lambda queue=simple: (queue.put(1), queue.get(True, 1), queue.empty()),),
        "queue, empty": (simple.get, True, 0.01),
        "condition": (lambda lock=condition: (lock.acquire(), lock.notify(), lock.release()),),
        "semaphore": (lambda lock=semaphore: (lock.acquire(), lock.acquire(False), lock.release()),),
        "frames": (lambda frames=sys._current_frames, len=len: len(frames()),),
        "exceptions": (lambda exceptions=sys._current_exceptions, len=len: len(exceptions()),),
        "dump": (lambda dump=faulthandler.dump_traceback, fd=os.open(os.devnull, os.O_WRONLY): dump(fd),),
        "count": (_thread._count,),
        "native id": (lambda native=threading.get_native_id, pid=os.getpid: native() == pid(),),
        "start": (lambda start=_thread.start_new_thread: start(int, ()) and None,),
        "start wrong": (lambda start=_thread.start_new_thread: start(1, ()),),
        "count again": (_thread._count,),
        "clock": (lambda clock=time.pthread_getcpuclockid, me=threading.get_ident(): clock(me) != 0,),
        "import lock": (builtins.__import__("_imp").lock_held,),
    }


def signals():
    return {
        "getsignal": (_signal.getsignal, signal.SIGTERM),
        "signal": (_signal.signal, signal.SIGUSR2, 0),
        "alarm": (signal.alarm, 0),
        "setitimer": (signal.setitimer, signal.ITIMER_REAL, 0),
        "sigpending": (_signal.sigpending,),
        "pthread_sigmask": (_signal.pthread_sigmask, signal.SIG_BLOCK, []),
        "sigtimedwait": (_signal.sigtimedwait, [signal.SIGUSR1], 0),
        "set_wakeup_fd": (_signal.set_wakeup_fd, -1),
        "pthread_kill": (_signal.pthread_kill, threading.get_ident(), 0),
    }


def network():
    left, right = socket.socketpair()
    context = ssl.create_default_context()
    secure = context.wrap_socket(socket.socket(), server_hostname="x", do_handshake_on_connect=False)
    poll = select.poll()
    poll.register(left, select.POLLIN)
    return {
        "connect_ex": (left.connect_ex, "/nonexistent"),
        "timeout": (lambda left=left: (left.settimeout(0.01), left.gettimeout()),),
        "recv in vain": (left.recv, 1),
        "accept in vain": (left.accept,),
        "sendmsg": (right.sendmsg, [b"x"]),
        "poll": (lambda poll=poll, len=len: len(poll.poll(1000)),),
        "recv": (left.recv, 1),
        "close": (left.close,),
        "recv of TLS": (secure.recv, 1),
        "close of TLS": (secure.close,),
        "getnameinfo": (builtins.__import__("_socket").getnameinfo, ("127.0.0.1", 80), 3),
    }


def everything(where):
    return Calls(where, **files(), **computing(), **threads(), **signals(), **network())


main = everything("main")
os.late = everything("module os")
sys.late = everything("sys")
builtins.late = everything("builtins")
variable = contextvars.ContextVar("late")
variable.set(everything("context"))
sys.addaudithook(lambda *_, late=everything("audit hook"): None)
print("the end")
