"""Cancels a coroutine in each blocking call, and uses afterwards what the call was about. Prints what was cancelled.

Everything here would hang if a cancelled call kept a lock, ate a notification or a byte, or left a waiter behind.
"""

import asyncio
import os
import queue
import select
import socket
import ssl
import subprocess
import sys
import threading
import time

import ocoro
from ocoro.runtime.offload import crowd

CERTIFICATE = sys.argv[1]


def cancelled(function, *args):
    """Call `function` in a coroutine, cancel it in its wait, and see that it ends by that."""
    coroutine = ocoro.spawn(function, *args)
    while coroutine.state in (ocoro.State.READY, ocoro.State.RUNNING):
        ocoro.yield_now()
    where = coroutine.state
    assert coroutine.cancel()
    assert coroutine.join(10), coroutine.stack()
    assert coroutine.state is ocoro.State.CANCELLED, coroutine
    try:
        coroutine.result()
    except ocoro.Cancelled:
        pass
    assert not coroutine.cancel()
    return where.value


def sleep():
    return cancelled(time.sleep, 1000)


def lock():
    lock = threading.Lock()
    with lock:
        where = cancelled(lock.acquire)
        timed = cancelled(lock.acquire, True, 1000)
    assert lock.acquire(timeout=10) and where == timed
    return where


def lock_queue():
    """One in the middle of the queue goes; the others get the lock in their order."""
    lock, got = threading.Lock(), []

    def take(name):
        with lock:
            got.append(name)

    with lock:
        before = ocoro.spawn(take, "before")
        ocoro.yield_now()
        middle = ocoro.spawn(take, "middle")
        ocoro.yield_now()
        after = ocoro.spawn(take, "after")
        ocoro.yield_now()
        middle.cancel()
    ocoro.wait_all([before, middle, after], 10)
    assert got == ["before", "after"], got
    return middle.state.value


def lock_granted():
    """Cancelled after it was woken: it has the lock, and is cancelled in its next wait, having given it back."""
    lock = threading.Lock()

    def take():
        with lock:
            time.sleep(1000)

    lock.acquire()
    coroutine = ocoro.spawn(take)
    ocoro.yield_now()
    lock.release()
    coroutine.cancel()
    coroutine.join(10)
    assert lock.acquire(timeout=10)
    return coroutine.state.value


def rlock():
    lock = threading.RLock()
    with lock:
        where = cancelled(lock.acquire)
    assert ocoro.spawn(lock.acquire).result(10)
    return where


def condition():
    condition = threading.Condition()

    def wait():
        with condition:
            condition.wait()

    where = cancelled(wait)
    assert not condition._waiters
    with condition:
        condition.notify()
    other = ocoro.spawn(wait)
    ocoro.yield_now()
    with condition:
        condition.notify()
    assert other.join(10)
    return where


def condition_lock():
    """Cancelled while it waits for the lock of the condition again: it gets that, and is cancelled in its next wait."""
    for lock in threading.Lock(), threading.RLock():
        condition, seen = threading.Condition(lock), []

        def wait():
            with condition:
                condition.wait()
                seen.append(condition._is_owned())
                time.sleep(1000)

        coroutine = ocoro.spawn(wait)
        ocoro.yield_now()
        with condition:
            condition.notify()
            ocoro.yield_now()
            coroutine.cancel()
            ocoro.yield_now()
            ocoro.yield_now()
        assert coroutine.join(10)
        assert seen == [True]
        assert condition.acquire(timeout=10)
    return coroutine.state.value


def condition_notified():
    """Cancelled after it was notified, before it ran: the notification has been for it."""
    items = queue.Queue()
    first, second = ocoro.spawn(items.get), ocoro.spawn(items.get)
    ocoro.yield_now()
    first.cancel()
    items.put("item")
    ocoro.wait_all([first], 10)
    if first.state is ocoro.State.CANCELLED:
        assert second.result(10) == "item"
    else:
        assert first.result() == "item"
        second.cancel()
    return "one of two"


def event():
    event = threading.Event()
    where = cancelled(event.wait)
    event.set()
    return where


def semaphore():
    semaphore = threading.Semaphore(0)
    where = cancelled(semaphore.acquire)
    semaphore.release()
    assert semaphore.acquire(timeout=10)
    return where


def queue_get():
    items = queue.Queue()
    where = cancelled(items.get)
    items.put(1)
    assert items.get(timeout=10) == 1
    return where


def queue_put():
    items = queue.Queue(1)
    items.put(1)
    where = cancelled(items.put, 2)
    assert items.get(timeout=10) == 1 and items.empty()
    return where


def simple_queue():
    items = queue.SimpleQueue()
    where = cancelled(items.get)
    items.put(1)
    assert items.get(timeout=10) == 1
    return where


def thread_join():
    gate = threading.Event()
    thread = threading.Thread(target=gate.wait)
    thread.start()
    where = cancelled(thread.join)
    assert thread.is_alive()
    gate.set()
    thread.join(10)
    assert not thread.is_alive()
    return where


def join():
    other = ocoro.spawn(time.sleep, 1000)
    where = cancelled(other.join)
    assert not other.done
    other.cancel()
    assert other.join(10)
    return where


def recv():
    left, right = socket.socketpair()
    places = [cancelled(left.recv, 100), cancelled(left.recv_into, bytearray(10)), cancelled(left.recvfrom, 10)]
    left.settimeout(1000)
    places += [cancelled(left.recv, 100), cancelled(left.recv, 100, socket.MSG_PEEK)]
    right.sendall(b"kept")
    assert left.recv(100) == b"kept"
    assert left.gettimeout() == 1000 and right.gettimeout() is None
    assert len(set(places)) == 1
    return places[0]


def recv_two():
    """One of two readers goes; the other one gets the data."""
    left, right = socket.socketpair()
    first, second = ocoro.spawn(left.recv, 100), ocoro.spawn(left.recv, 100)
    ocoro.yield_now()
    first.cancel()
    assert first.join(10)  # else its wait may be fulfilled
    right.sendall(b"data")
    assert second.result(10) == b"data"
    return first.state.value


def send():
    left, right = socket.socketpair()
    left.setblocking(False)
    try:
        while True:
            left.send(bytes(100_000))
    except BlockingIOError:
        left.setblocking(True)
    places = {cancelled(left.send, b"x"), cancelled(left.sendall, b"x" * 10)}
    right.settimeout(0)
    try:
        while True:
            assert right.recv(100_000).strip(b"\0") == b""
    except BlockingIOError:
        right.settimeout(10)
    left.sendall(b"after")
    assert right.recv(100) == b"after"
    (where,) = places
    return where


def accept():
    with socket.create_server(("127.0.0.1", 0)) as server:
        where = cancelled(server.accept)
        with socket.create_connection(server.getsockname(), 10), server.accept()[0]:
            return where


def connect():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        others = [socket.socket() for _ in range(3)]
        for other in others:
            other.setblocking(False)
            other.connect_ex(server.getsockname())
        with socket.socket() as client:
            where = cancelled(client.connect, server.getsockname())
            assert client.gettimeout() is None and os.get_blocking(client.fileno())
        for other in others:
            other.close()
    return where


def select_():
    left, right = socket.socketpair()
    where = cancelled(select.select, [left], [], [])
    right.send(b"x")
    assert select.select([left], [], [], 10)[0] == [left]
    return where


def poll():
    left, right = socket.socketpair()
    poll = select.poll()
    poll.register(left, select.POLLIN)
    where = cancelled(poll.poll)
    right.send(b"x")
    assert poll.poll(10_000) == [(left.fileno(), select.POLLIN)]
    return where


def epoll():
    left, right = socket.socketpair()
    with select.epoll() as epoll:
        epoll.register(left, select.EPOLLIN)
        where = cancelled(epoll.poll)
        right.send(b"x")
        assert epoll.poll(10) == [(left.fileno(), select.EPOLLIN)]
    return where


def read():
    reader, writer = os.pipe()
    where = cancelled(os.read, reader, 10)
    os.write(writer, b"kept")
    assert os.read(reader, 10) == b"kept"
    return where


def write():
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    try:
        while True:
            os.write(writer, bytes(4096))
    except BlockingIOError:
        os.set_blocking(writer, True)
    where = cancelled(os.write, writer, b"x")
    assert os.get_blocking(writer)
    assert os.read(reader, 1 << 20).strip(b"\0") == b""
    return where


def offload():
    began, gate, ended = (threading.Event() for _ in range(3))

    def in_real_thread():
        began.set()
        gate.wait()
        ended.set()

    coroutine = ocoro.spawn(ocoro.offload, in_real_thread)
    assert began.wait(10)
    coroutine.cancel()
    assert coroutine.join(10) and not ended.is_set()
    gate.set()
    assert ended.wait(10)
    return coroutine.state.value


def offload_not_begun():
    """No thread is summoned for the call; the next one that is would find it, were it still there."""
    called = []
    crowd._summon = lambda: True
    coroutine = ocoro.spawn(ocoro.offload, called.append, 1)
    ocoro.yield_now()
    del crowd._summon
    coroutine.cancel()
    assert coroutine.join(10)
    assert ocoro.offload(called.copy) == []
    return coroutine.state.value


def getaddrinfo():
    coroutine = ocoro.spawn(socket.getaddrinfo, "no-such-host.invalid", 80)
    ocoro.yield_now()
    coroutine.cancel()
    assert coroutine.join(10)
    coroutine.forgive()
    return coroutine.state in (ocoro.State.CANCELLED, ocoro.State.ERROR)  # there may be an answer already


def waitpid():
    child = subprocess.Popen([sys.executable, "-S", "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    where = cancelled(child.wait)
    child.stdin.close()
    assert child.wait(10) == 0
    return where


def tls_pair():
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(CERTIFICATE)
    client_side = ssl.create_default_context(cafile=CERTIFICATE)
    left, right = socket.socketpair()
    server = ocoro.spawn(lambda: server_side.wrap_socket(left, server_side=True))
    client = client_side.wrap_socket(right, server_hostname="localhost")
    return server.result(10), client


def tls_read():
    server, client = tls_pair()
    where = cancelled(server.recv, 10)
    client.sendall(b"kept")
    assert server.recv(10) == b"kept"
    assert server.gettimeout() is None
    return where


def tls_handshake():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    left, right = socket.socketpair()
    tls = context.wrap_socket(left, server_side=True, do_handshake_on_connect=False)
    where = cancelled(tls.do_handshake)
    client_side = ssl.create_default_context(cafile=CERTIFICATE)
    client = ocoro.spawn(lambda: client_side.wrap_socket(right, server_hostname="localhost"))
    tls.do_handshake()
    client.result(10).sendall(b"x")
    assert tls.recv(1) == b"x"
    return where


def asyncio_loop():
    where = cancelled(asyncio.run, asyncio.sleep(1000))

    async def limited():
        await asyncio.to_thread(time.sleep, 0.001)
        async with asyncio.timeout(0.001):
            await asyncio.sleep(1000)

    try:
        asyncio.run(limited())
    except TimeoutError:
        return where


def not_begun():
    called = []
    coroutine = ocoro.spawn(called.append, 1)
    coroutine.cancel()
    coroutine.join(10)
    assert not called
    return coroutine.state.value


def computing():
    def compute():
        n = 0
        while True:
            n += 1

    coroutine = ocoro.spawn(compute)
    ocoro.yield_now()
    coroutine.cancel()
    coroutine.join(10)
    return coroutine.state.value


def computing_with_locks():
    """Computes in and out of a lock: it is never left with the lock held, however it is cancelled."""
    for _ in range(3):
        lock = threading.Lock()

        def compute(lock=lock):
            while True:
                with lock:
                    pass

        coroutine = ocoro.spawn(compute)
        ocoro.yield_now()
        coroutine.cancel()
        coroutine.join(10)
        assert not lock.locked()
    return coroutine.state.value


def computing_with_data():
    """Reads what is there already: no byte is lost between the kernel and the program, wherever it is left."""
    for _ in range(5):
        left, right = socket.socketpair()
        got = bytearray()

        def take(left=left, got=got):
            while True:
                got.extend(left.recv(1))

        sent = 0
        right.setblocking(False)
        try:
            while True:
                sent += right.send(bytes(1 << 20))
        except BlockingIOError:
            pass
        coroutine = ocoro.spawn(take)
        ocoro.yield_now()
        coroutine.cancel()
        assert coroutine.join(10)
        right.close()
        assert len(got) < sent
        while data := left.recv(1 << 20):
            got.extend(data)
        assert len(got) == sent, (len(got), sent)
    return coroutine.state.value


def yielding():
    def give_way():
        while True:
            time.sleep(0)

    coroutine = ocoro.spawn(give_way)
    ocoro.yield_now()
    coroutine.cancel()
    coroutine.join(10)
    return coroutine.state.value


def itself():
    coroutine = ocoro.spawn(lambda: ocoro.current().cancel())
    coroutine.join(10)
    return coroutine.state.value


def swallowed():
    """Who catches a cancellation goes on, and can be cancelled once more."""

    def stubborn():
        try:
            time.sleep(1000)
        except ocoro.Cancelled:
            time.sleep(1000)

    coroutine = ocoro.spawn(stubborn)
    ocoro.yield_now()
    coroutine.cancel()
    ocoro.yield_now()
    ocoro.yield_now()
    assert not coroutine.done
    coroutine.cancel()
    coroutine.join(10)
    return coroutine.state.value


CASES = [value for name, value in list(vars().items()) if callable(value) and name not in ("cancelled", "tls_pair")]
for case in CASES:
    if getattr(case, "__module__", None) == __name__:
        print(case.__name__, case(), flush=True)
left_behind = [each for each in ocoro.coroutines() if each.name != "MainThread"]
print("left behind", left_behind)
