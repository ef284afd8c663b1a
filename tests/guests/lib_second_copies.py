"""A program has more than one copy of a module of the library: each works with its own types and exceptions, and waits.

The kind: modules of C code make their types anew with each execution, in a fresh import, by `import_fresh_module`, by a
loader called by hand; `importlib.reload` of Python code over them does not.
"""

import importlib
import importlib.util
import sys
import threading

FAMILIES = (
    ("socket", "_socket"),
    ("ssl", "_ssl", "socket", "_socket"),
    ("select",),
    ("selectors", "select"),
    ("queue", "_queue"),
    ("zlib",),
    ("bz2", "_bz2"),
    ("lzma", "_lzma"),
    ("hashlib", "_hashlib"),
    ("sqlite3", "sqlite3.dbapi2", "_sqlite3"),
    ("time",),
    ("threading",),
    ("io", "_io"),
    ("os", "posix"),
    ("multiprocessing.synchronize", "_multiprocessing"),
)


def fresh(*names):
    """The first of `names`, imported anew with the others; what was there before is put back."""
    kept = {name: sys.modules.pop(name, None) for name in names}
    try:
        return importlib.import_module(names[0])
    finally:
        for name, module in kept.items():
            if module is not None:
                sys.modules[name] = module


def by_hand(name):
    """A module that nobody else can import: what is found anew by its name."""
    known = sys.modules.pop(name)
    spec = importlib.util.find_spec(name)
    sys.modules[name] = known
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def outcome(call, *args):
    try:
        return call(*args)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def overlap(wait, wake):
    """Two threads wait at the same time: both do before either is woken."""
    both, order = threading.Barrier(3), []

    def run():
        both.wait()
        order.append(wait())

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    both.wait()
    wake()
    wake()
    for thread in threads:
        thread.join()
    return order


def use_socket(socket):
    here, there = socket.socketpair()
    print(overlap(lambda: here.recv(1), lambda: there.sendall(b"x")), end=" ")
    print(here.send(b"abc"), there.recv_into(bytearray(3)), there.sendall(b"y" * 300), len(here.recv(300)), end=" ")
    here.settimeout(0.01)
    print(outcome(here.recv, 1), end=" ")
    caught = socket.gaierror
    try:
        socket.getaddrinfo("no such host.invalid", 1)
    except caught as error:
        print(type(error) is caught, end=" ")
    listener = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(listener.getsockname())
    server, _ = listener.accept()
    print(outcome(client.recv, 1, socket.MSG_DONTWAIT), end=" ")
    with client.makefile("rwb") as file:
        file.write(b"line\n")
        file.flush()
        print(server.recv(9), client.shutdown(socket.SHUT_WR), server.recvfrom(1)[0])
    for each in (here, there, listener, client, server):
        each.close()


def use_ssl(ssl):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    here, there = importlib.import_module("socket").socketpair()
    there.sendall(b"this is no TLS at all")
    try:
        context.wrap_socket(here, server_hostname="localhost")
    except ssl.SSLError as error:
        print(type(error) is ssl.SSLError, error.reason)
    here.close(), there.close()


def use_select(select):
    import socket

    here, there = socket.socketpair()
    poll, epoll = select.poll(), select.epoll()
    poll.register(here, select.POLLIN), epoll.register(here, select.EPOLLIN)
    threading.Timer(0.01, there.send, (b"x",)).start()
    print(len(poll.poll()), len(epoll.poll()), len(select.select([here], [], [])[0]), type(epoll) is select.epoll)


def use_selectors(selectors):
    import socket

    here, there = socket.socketpair()
    selector = selectors.DefaultSelector()
    selector.register(here, selectors.EVENT_READ)
    threading.Timer(0.01, there.send, (b"x",)).start()
    print(len(selector.select()))


def use_queue(queue):
    simple, full = queue.SimpleQueue(), queue.Queue()
    print(overlap(simple.get, lambda: simple.put(1)), overlap(full.get, lambda: full.put(1)), end=" ")
    for each in (simple, full):
        try:
            each.get(False)
        except queue.Empty as error:
            print(type(error) is queue.Empty, end=" ")
    print()


def use_codec(codec):
    error = getattr(codec, "error", None) or getattr(codec, "LZMAError", OSError)
    data = bytes(1 << 20)
    print([codec.decompress(codec.compress(data)) == data for _ in range(2)], end=" ")
    for wrong in (b"no such data", b"no such data" * 10000):
        try:
            codec.decompress(wrong)
        except error as caught:
            print(type(caught) is error, end=" ")
    if hasattr(codec, "compressobj"):
        piece = codec.compressobj()
        print(codec.decompressobj().decompress(piece.compress(data) + piece.flush()) == data, end=" ")
    print()


def use_hashlib(hashlib):
    print(
        hashlib.sha256(bytes(1 << 20)).hexdigest()[:8],
        hashlib.pbkdf2_hmac("sha256", b"a", b"b", 1000).hex()[:8],
        end=" ",
    )
    print(outcome(hashlib.new, "no such"))


def use_sqlite3(sqlite3):
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    print(isinstance(connection, sqlite3.Connection), connection.execute("select 1 + 1").fetchall(), end=" ")
    try:
        connection.execute("no such statement")
    except sqlite3.OperationalError as error:
        print(type(error) is sqlite3.OperationalError, error, end=" ")
    try:
        connection.cursor().execute("select ?", ())
    except sqlite3.Error as error:
        print(type(error) is sqlite3.ProgrammingError, isinstance(connection.cursor(), sqlite3.Cursor))
    connection.close()


def use_time(time):
    print(overlap(lambda: time.sleep(0.001), lambda: None))


def use_threading(threading):
    gate = threading.Semaphore(0)
    threads = [threading.Thread(target=gate.acquire) for _ in range(2)]
    for thread in threads:
        thread.start()
    gate.release(2)
    for thread in threads:
        thread.join()
    print(gate.acquire(False))


def use_io(io):
    import os

    r, w = os.pipe()
    f = io.open(r, "rb")
    print(isinstance(f, io.BufferedReader), isinstance(f.raw, io.FileIO), end=" ")
    g = io.TextIOWrapper(io.BufferedWriter(io.FileIO(w, "w")))
    threading.Timer(0.01, lambda: (g.write("line\n"), g.flush())).start()
    print(f.readline(), g.close(), f.read(), f.close(), end=" ")
    print(outcome(f.read), outcome(io.open, "/no such file"))


def use_os(os):
    r, w = os.pipe()
    print(overlap(lambda: os.read(r, 1), lambda: os.write(w, b"x")), end=" ")
    print(
        os.waitstatus_to_exitcode(os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0)[1]), os.close(r), os.close(w)
    )


def use_multiprocessing(synchronize):
    from multiprocessing import get_context

    gate = synchronize.Semaphore(0, ctx=get_context("fork"))
    print(overlap(gate.acquire, gate.release))


USES = {name: globals().get(f"use_{name.partition('.')[0]}", use_codec) for name, *_ in FAMILIES}
for name, *others in FAMILIES:
    first = importlib.import_module(name)
    second, third = fresh(name, *others), fresh(name)
    for module in (first, second, third, first, importlib.reload(first), second):
        print(name, end=" ")
        USES[name](module)
for name, use in (
    ("zlib", use_codec),
    ("select", use_select),
    ("_sqlite3", use_sqlite3),
    ("time", use_time),
    ("_io", use_io),
    ("posix", use_os),
):
    print(name, end=" ")
    use(by_hand(name))
for name in ("socket", "queue", "zlib", "sqlite3"):
    USES[name](importlib.import_module(name))
