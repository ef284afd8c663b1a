"""Destructors that run when modules are cleared already, or builtins, call everything that is replaced.

Each object has what it calls in defaults, as library code has it that expects that. It says what every call returned or
raised, by a write that needs nothing else.
"""

import _signal
import builtins
import codecs
import contextvars
import io
import os
import queue
import select
import selectors
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from multiprocessing import Pipe


class Calls:
    """Calls each of its steps when it is destroyed."""

    def __init__(self, where, **steps):
        self.where, self.steps = where, steps

    def __del__(self, write=os.write, error=BaseException, kind=type, text=repr, none=None):
        for name, step in self.steps.items():
            try:
                function, *args = step
                result = text(function(*args))
            except error as failure:
                result = f"{kind(failure).__name__}: {failure}"
            write(1, f"{self.where}: {name}: {result}\n".encode())


def everything(where):
    """One object that calls it all, each thing made for it alone."""
    left, right = socket.socketpair()
    left.settimeout(5)
    spare, other = socket.socketpair()
    server = socket.create_server(("127.0.0.1", 0))
    client = socket.socket()
    reader, writer = os.pipe()
    file_reader, file_writer = os.pipe()
    text = open(file_reader, "rb"), open(file_writer, "wb", 0)
    lock, rlock, condition, event = threading.Lock(), threading.RLock(), threading.Condition(), threading.Event()
    semaphore, simple, ordinary = threading.Semaphore(), queue.SimpleQueue(), queue.Queue()
    poll, epoll = select.poll(), select.epoll()
    poll.register(reader, select.POLLIN)
    epoll.register(reader, select.EPOLLIN)
    selector = selectors.DefaultSelector()
    selector.register(reader, selectors.EVENT_READ)
    ended = subprocess.Popen(["true"])
    status = subprocess.Popen(["sh", "-c", "exit 3"])
    living = os.posix_spawnp("sleep", ["sleep", "60"], os.environ)
    talking = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    connection, far = Pipe()
    database = sqlite3.connect(":memory:", check_same_thread=False)
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()
    local = threading.local()
    temporary = tempfile.TemporaryFile()
    child = os.posix_spawnp("sh", ["sh", "-c", "exit 4"], os.environ)
    return Calls(
        where,
        write=(os.write, writer, b"ab"),
        read=(os.read, reader, 1),
        select=(lambda select=select.select, fd=reader: select([fd], [], [], 5) == ([fd], [], []),),
        select_in_vain=(select.select, [left], [], [], 0.01),
        poll=(lambda poll=poll, len=len: len(poll.poll(1000)),),
        epoll=(lambda epoll=epoll, len=len: len(epoll.poll(1)),),
        epoll_close=(epoll.close,),
        selector_close=(selector.close,),
        readv=(os.readv, reader, [bytearray(1)]),
        fstat=(lambda fstat=os.fstat, fd=reader: fstat(fd).st_size,),
        close=(os.close, reader),
        close_again=(os.close, reader),
        dup2=(lambda dup2=os.dup2, fd=writer: dup2(fd, fd) == fd,),
        sleep=(time.sleep, 0.001),
        sleep_zero=(time.sleep, 0),
        sleep_wrong=(time.sleep, -1),
        send=(right.send, b"abcdef"),
        recv=(left.recv, 1),
        recv_into=(left.recv_into, bytearray(1)),
        recvfrom=(left.recvfrom, 1),
        sendall=(left.sendall, b"xyz"),
        recvmsg=(right.recvmsg, 3),
        timeout=(left.settimeout, 0.01),
        makefile=(lambda left=right: left.makefile("rb", 0).close(),),
        shutdown=(left.shutdown, socket.SHUT_WR),
        recv_end=(right.recv, 5),
        socket_close=(left.close,),
        socket_close_again=(left.close,),
        detach=(lambda spare=spare, close=os.close: close(spare.detach()),),
        server_close=(server.close,),
        client_close=(client.close,),
        acquire=(lock.acquire,),
        acquire_in_vain=(lock.acquire, False),
        acquire_for_a_time=(lock.acquire, True, 0.01),
        locked=(lock.locked,),
        release=(lock.release,),
        release_wrong=(lock.release,),
        with_lock=(lambda lock=lock: lock.__enter__() and lock.__exit__(),),
        rlock=(lambda lock=rlock: (lock.acquire(), lock.acquire(), lock.release(), lock.release()),),
        rlock_wrong=(rlock.release,),
        put=(simple.put, 1),
        get=(simple.get,),
        get_in_vain=(lambda simple=simple, empty=queue.Empty: simple.qsize() and simple.get(False),),
        size=(simple.qsize,),
        ident=(lambda ident=threading.get_ident, main=threading.get_ident(): ident() == main,),
        alive=(thread.is_alive,),
        local=(lambda local=local, set=setattr, get=getattr: (set(local, "x", 1), get(local, "x")),),
        file_write=(text[1].write, b"line\nrest"),
        file_read=(text[0].readline,),
        file_close=(text[0].close,),
        raw_close=(text[1].close,),
        temporary=(lambda file=temporary: (file.write(b"x"), file.flush(), file.close()),),
        waitpid=(lambda wait=os.waitpid, pid=child: wait(pid, 0)[1],),
        waitpid_wrong=(os.waitpid, child, 0),
        kill=(os.kill, living, 9),
        killed=(lambda wait=os.waitpid, pid=living: wait(pid, 0)[1],),
        getsignal=(signal.getsignal, signal.SIGTERM),
        native_getsignal=(_signal.getsignal, signal.SIGINT),
        raise_signal=(lambda send=_signal.raise_signal: send(28),),
        compress=(lambda compress=zlib.compress, data=bytes(1 << 20), len=len: len(compress(data)) > 0,),
        commit=(database.commit,),
        execute=(lambda database=database: database.execute("select 1").fetchall(),),
        database_close=(database.close,),
        epoll_closed=(epoll.poll,),
        stdin=(talking.stdin.close,),
        stdout=(talking.stdout.close,),
        far=(far.close,),
        connection=(connection.close,),
        system=(os.system, "exit 5"),
        never_closed=(
            lambda *_: None,
            Pipe(),
            socket.socketpair(),
            os.fdopen(os.pipe()[0]),
            socket.create_server(("", 0)),
        ),
        ended=(ended.poll if where == "main" else int,),
        status=(status.wait if where in ("main",) else int,),
    )


class Prints:
    """Uses names of the module, where these are there yet."""

    def __del__(self):
        print("printed while names are there:", time.sleep(0), len(os.read.__name__))


main = everything("main")
early = Prints()
in_os = os.late = everything("module os")
threading.late = everything("module threading")
cycle = everything("cycle")
cycle.itself = cycle
os.late_cycle = [everything("cycle of a module")]
os.late_cycle.append(os.late_cycle)
sys.late = everything("sys")
sys._late = everything("sys, first of all")
builtins.late = everything("builtins")
local = threading.local()
local.late = everything("thread's local")
variable = contextvars.ContextVar("late")
variable.set(everything("context"))
codecs.register_error("late", everything("codecs").__class__.__del__.__get__(everything("registry")))
sys.addaudithook(lambda *_, late=everything("audit hook"): None)
del in_os
print("the end")
