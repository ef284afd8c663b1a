"""`socket`: every blocking method suspends its coroutine only, with each of the three kinds of time-outs."""

import os

import pytest

PAIR = "a, b = socket.socketpair()\n"
FULL = "\na.setblocking(False)\ntry:\n    while a.send(b'x' * 4096): pass\nexcept BlockingIOError: a.settimeout(None)"
LISTENER = "l = socket.create_server(('127.0.0.1', 0)); where = l.getsockname()\n"
FULL_LISTENER = """
l = socket.socket(socket.AF_UNIX); l.bind("l"); l.listen(0)
first = socket.socket(socket.AF_UNIX); first.connect("l")
c = socket.socket(socket.AF_UNIX)
"""
BUSY_LISTENER = """
l = socket.create_server(("127.0.0.1", 0), backlog=0); where = l.getsockname(); fillers = []
while not fillers or select.select([], fillers[-1:], [], 0)[1]:
    fillers.append(socket.socket()); fillers[-1].setblocking(False); fillers[-1].connect_ex(where)
"""  # a connection on loopback is made at once where the listener has room
ACCEPT_ALL = "accepted = [l.accept() for _ in range(len(fillers) + 1)]"
DRAIN = "\nwhile not select.select([], [a], [], 0)[1]: b.recv(1 << 20)"


@pytest.mark.parametrize("timeout", ["None", "10"])
def test_recv_parks(parks, timeout):
    parks("recv", PAIR + f"a.settimeout({timeout})", "assert a.recv(9) == b'x'", "b.send(b'x')")


@pytest.mark.parametrize("timeout", ["None", "10"])
def test_recv_into_parks(parks, timeout):
    before = PAIR + f"a.settimeout({timeout}); buffer = bytearray(9)"
    parks("recv", before, "assert a.recv_into(buffer) == 1", "b.send(b'x')")


def test_recvfrom_parks(parks):
    parks("recvfrom", PAIR, "assert a.recvfrom(9)[0] == b'x'", "b.send(b'x')")


def test_recvfrom_into_parks(parks):
    parks("recvfrom", PAIR + "buffer = bytearray(9)", "assert a.recvfrom_into(buffer)[0] == 1", "b.send(b'x')")


def test_recvmsg_parks(parks):
    parks("recvmsg", PAIR, "assert a.recvmsg(9)[0] == b'x'", "b.send(b'x')")


def test_recvmsg_into_parks(parks):
    parks("recvmsg", PAIR + "buffer = bytearray(9)", "assert a.recvmsg_into([buffer])[0] == 1", "b.send(b'x')")


def test_recv_of_everything_parks(parks):
    """MSG_WAITALL: less than asked for is no reason to return."""
    parks("recv", PAIR, "assert a.recv(2, socket.MSG_WAITALL) == b'xy'", "b.send(b'x'); time.sleep(0); b.send(b'y')")


@pytest.mark.parametrize("timeout", ["None", "10"])
def test_send_parks(parks, timeout):
    parks("send", PAIR + FULL + f"\na.settimeout({timeout})", "assert a.send(b'x') == 1", DRAIN)


@pytest.mark.parametrize("timeout", ["None", "10"])
def test_sendall_parks(parks, timeout):
    before = PAIR + f"got = []; a.settimeout({timeout})"
    meanwhile = "\nwhile sum(got) < 1_000_000: got.append(len(b.recv(1 << 16)))"
    parks("sendall", before, "a.sendall(b'x' * 1_000_000)", meanwhile)


def test_sendto_parks(parks):
    before = """
b = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); b.bind("b")
a = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); a.setblocking(False)
try:
    while a.sendto(b"x", "b"): pass
except BlockingIOError: a.settimeout(None)
"""
    parks("sendto", before, "assert a.sendto(b'x', 'b') == 1", "\nfor _ in range(5): b.recv(9)")


def test_sendmsg_parks(parks):
    parks("sendmsg", PAIR + FULL, "assert a.sendmsg([b'x', b'y']) == 2", DRAIN)


def test_sendfile_parks(parks):
    before = PAIR + "open('f', 'wb').write(b'x' * 1_000_000); f = open('f', 'rb'); got = []"
    meanwhile = "\nwhile sum(got) < 1_000_000: got.append(len(b.recv(1 << 16)))"
    parks("write", before, "assert a.sendfile(f) == 1_000_000", meanwhile)


@pytest.mark.parametrize("timeout", ["None", "10"])
def test_accept_parks(parks, timeout):
    parks("accept", LISTENER + f"l.settimeout({timeout})", "s, _ = l.accept()", "c = socket.create_connection(where)")


@pytest.mark.parametrize("call", ["c.connect(where)", "assert c.connect_ex(where) == 0"])
@pytest.mark.parametrize("timeout", ["None", "10"])
def test_connect_parks(parks, call, timeout):
    parks("connect", BUSY_LISTENER + f"c = socket.socket(); c.settimeout({timeout})", call, ACCEPT_ALL)


@pytest.mark.parametrize("call", ["c.connect(where)", "assert c.connect_ex(where) == 0"])
def test_connect_done_at_once_does_not_park(says, call):
    code = (
        f"import os, socket\n{LISTENER}c = socket.socket(); c.settimeout(10); {call}; print(c.getpeername() == where)"
    )
    code += "\nfrom ocoro.runtime.instance import scheduler; print(scheduler.recorder.tally('connect').waits)"
    assert says(code) == ["True", "0"]


def test_connect_ex_parks(parks):
    parks("connect", FULL_LISTENER, "assert c.connect_ex('l') == 0", "l.accept()")


def test_connect_to_busy_listener_parks(parks):
    parks("connect", FULL_LISTENER, "c.connect('l')", "l.accept()")


def test_create_connection_parks(parks):
    parks("connect", BUSY_LISTENER, "c = socket.create_connection(where)", ACCEPT_ALL)


def test_makefile_parks(parks):
    parks("recv", PAIR + "f = a.makefile('rb')", "assert f.readline() == b'xy\\n'", "b.send(b'x'); b.send(b'y\\n')")


@pytest.mark.parametrize("pure", ["", "1"], ids=["c", "python"])
@pytest.mark.parametrize(
    ("tally", "call", "meanwhile"),
    [
        ("recv", "assert a.recv(9) == b'x'", "b.send(b'x')"),
        ("recv", "assert a.recv_into(bytearray(9)) == 1", "b.send(b'x')"),
        ("recv", "assert a.makefile('rb').readline() == b'x\\n'", "b.send(b'x\\n')"),
        ("recvfrom", "assert a.recvfrom(9)[0] == b'x'", "b.send(b'x')"),
        ("sendall", "a.sendall(bytes(1 << 22))", "\ngot = 0\nwhile got < 1 << 22: got += len(b.recv(1 << 20))"),
    ],
)
def test_second_copy_parks(parks, tally, call, meanwhile, pure):
    """And so does the first one beside it."""
    copy = "import sys; first = socket; del sys.modules['socket'], sys.modules['_socket']; import socket as second\n"
    for name in ("second", "first"):
        before = copy + f"a, b = {name}.socketpair()"
        parks(tally, before, call, meanwhile, env={**os.environ, "OCORO_PURE_PYTHON": pure})


def test_datagram_recv_parks(parks):
    before = "a = socket.socket(type=socket.SOCK_DGRAM); a.bind(('127.0.0.1', 0)); b = socket.socket(type=2)"
    parks("recvfrom", before, "assert a.recvfrom(9)[0] == b'x'", "b.sendto(b'x', a.getsockname())")


# -- three kinds of time-outs ------------------------------------------------------------------------------------------

WAITS = {
    "recv": (PAIR, "a.recv(1)"),
    "recv_into": (PAIR, "a.recv_into(bytearray(1))"),
    "recvfrom": (PAIR, "a.recvfrom(1)"),
    "recvmsg": (PAIR, "a.recvmsg(1)"),
    "send": (PAIR + FULL, "a.send(b'x')"),
    "sendall": (PAIR, "a.sendall(b'x' * 9_000_000)"),
    "accept": ("a = socket.create_server(('127.0.0.1', 0))", "a.accept()"),
}
OUTCOME = "\ntry: print({call})\nexcept OSError as error: print(type(error).__name__, error)"
RECEIVING = [name for name in WAITS if not name.startswith("send")]


def outcome(how, name):
    before, call = WAITS[name]
    return f"import os, socket, struct, time\n{before}\n{how}{OUTCOME.format(call=call)}"


@pytest.mark.parametrize("how", ["a.settimeout(0.005)", "a.settimeout(0)", "a.setblocking(False)"])
@pytest.mark.parametrize("name", WAITS)
def test_time_out_is_like_python(python, says, name, how):
    code = outcome(how, name)
    assert says(code) == python("-c", code).out.splitlines()


@pytest.mark.parametrize("name", RECEIVING)
def test_default_time_out_is_like_python(python, says, name):
    before, call = WAITS[name]
    code = f"import socket\nsocket.setdefaulttimeout(0.005)\n{before}{OUTCOME.format(call=call)}"
    assert says(code) == python("-c", code).out.splitlines()


@pytest.mark.parametrize("name", WAITS)
def test_kernels_time_out_is_like_python(python, says, name):
    option = "SO_SNDTIMEO" if name.startswith("send") else "SO_RCVTIMEO"
    code = outcome(f"a.setsockopt(socket.SOL_SOCKET, socket.{option}, struct.pack('ll', 0, 9000))", name)
    assert says(code) == python("-c", code).out.splitlines()


KERNELS = "import gc, socket, struct, threading\nlimit = struct.pack('ll', 0, 9000)\n"
LIMITED = "{name}.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)\n"


def test_kernels_time_out_ends_with_its_socket(says):
    """The next socket of that number has none, also when nobody called close."""
    code = KERNELS + PAIR + LIMITED.format(name="a")
    code += "fd = a.fileno()\ndel a; gc.collect()\na, c = socket.socketpair()\nassert a.fileno() == fd\n"
    code += "threading.Timer(0.03, c.send, (b'x',)).start()\nprint(a.recv(1))"
    assert says(code, "-Wignore") == ["b'x'"]


def test_kernels_time_out_holds_for_duplicates(python, says):
    code = KERNELS + PAIR + LIMITED.format(name="a") + "c = a.dup()\nthreading.Timer(0.1, b.send, (b'x',)).start()"
    code += OUTCOME.format(call="c.recv(1)")
    assert says(code) == python("-c", code).out.splitlines()


def test_kernels_time_out_is_inherited(python, says):
    code = KERNELS + LISTENER + "c = socket.create_connection(where)\n" + LIMITED.format(name="l")
    code = code.replace("c = socket", LIMITED.format(name="l") + "c = socket", 1)
    code += "a, _ = l.accept()\nthreading.Timer(0.1, c.send, (b'x',)).start()" + OUTCOME.format(call="a.recv(1)")
    assert says(code) == python("-c", code).out.splitlines()


def test_time_out_counts_for_whole_sendall(says):
    code = (
        PAIR
        + """
import threading, time
a.settimeout(0.05)
def drip():
    while True:
        b.recv(4096)
        time.sleep(0.005)
threading.Thread(target=drip, daemon=True).start()
try: a.sendall(b'x' * 100_000_000)
except TimeoutError as error: print(error)
"""
    )
    assert says("import socket\n" + code) == ["timed out"]


def test_time_out_is_that_of_each_call(says):
    code = """
import socket
a, b = socket.socketpair()
for timeout in (0.005, 0.001, 0.003):
    a.settimeout(timeout)
    try: a.recv(1)
    except TimeoutError as error: print(error)
b.send(b'x')
print(a.recv(1), a.gettimeout())
"""
    assert says(code) == ["timed out"] * 3 + ["b'x' 0.003"]


# -- closing and numbers -----------------------------------------------------------------------------------------------

BAD = "\ntry: {call}\nexcept OSError as error: assert error.errno == 9, error\nelse: 1 / 0"


PURE = pytest.mark.parametrize("pure", ["", "1"], ids=["c", "python"])
CLOSES = ["a.close()", "os.close(a.detach())", "socket.close(a.detach())", "os.close(a.fileno())"]


@PURE
@pytest.mark.parametrize("call", ["a.recv(9)", "a.recvfrom(9)[0]", "a.recv(9, socket.MSG_PEEK)"])
@pytest.mark.parametrize("close", CLOSES)
def test_closing_lets_recv_go_on(parks, close, call, pure):
    env = {**os.environ, "OCORO_PURE_PYTHON": pure}
    parks(
        "recv" if "from" not in call else "recvfrom", PAIR, f"assert {call} == b'x'", f"{close}; b.send(b'x')", env=env
    )


@PURE
@pytest.mark.parametrize("end", ["b.send(b'x')", "time.sleep(0.3)"])
def test_closing_ends_recv_with_time_out_late_with_bad_descriptor(parks, end, pure):
    before = PAIR + "a.settimeout(0.2)"
    parks(
        "recv", before, BAD.format(call="a.recv(1)"), f"a.close(); {end}", env={**os.environ, "OCORO_PURE_PYTHON": pure}
    )


def test_closing_lets_accept_go_on(parks):
    parks(
        "accept",
        LISTENER,
        "assert l.accept()[0].recv(1) == b'x'",
        "l.close(); socket.create_connection(where).send(b'x')",
    )


def test_closing_lets_send_go_on(parks):
    parks("send", PAIR + FULL, "assert a.send(b'x') == 1", "c = a.dup(); a.close()" + DRAIN.replace("[a]", "[c]"))


def test_shutting_down_and_closing_ends_recv_with_nothing(parks):
    parks("recv", PAIR, "assert a.recv(1) == b''", "a.shutdown(socket.SHUT_RDWR); a.close()")


def test_peer_sees_the_end_only_after_the_call(says):
    code = """
        import socket, threading, time
        a, b = socket.socketpair()
        reader = threading.Thread(target=lambda: print(a.recv(1)))
        reader.start()
        time.sleep(0)
        a.close()
        b.settimeout(0.05)
        try:
            print(b.recv(1))
        except TimeoutError:
            print("not yet")
        b.send(b"x")
        reader.join()
        b.settimeout(None)
        print(b.recv(1))
    """
    assert says(code) == ["not yet", "b'x'", "b''"]


def test_duplicates_are_given_back(says):
    """Whatever ends the wait: data, a time-out, or an exception; and a forked child does not keep them."""
    code = """
        import os, socket, threading, time, ocoro

        def opened():
            return set(os.listdir("/proc/self/fd"))

        def wait(sock):
            try:
                sock.recv(1)
            except OSError:
                pass

        before = opened()
        pairs = [socket.socketpair() for _ in range(4)]
        pairs[1][0].settimeout(0.01)
        threads = [threading.Thread(target=wait, args=(a,)) for a, _ in pairs[:2]]
        for thread in threads:
            thread.start()
        victim = ocoro.spawn(wait, pairs[2][0])
        time.sleep(0)
        for a, _ in pairs:
            a.close()
        pid = os.fork()
        if not pid:
            mine = [fd for fd in opened() - before if os.path.exists(f"/proc/self/fd/{fd}")]
            os._exit(sum(os.readlink(f"/proc/self/fd/{fd}").startswith("socket") for fd in mine) != len(pairs))
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
        pairs[0][1].send(b"x")
        victim.cancel()
        for thread in threads:
            thread.join()
        time.sleep(0.01)
        print(*(b.recv(1) for _, b in pairs))
    """
    assert says(code, "-W", "ignore") == ["0", "b'' b'' b'' b''"]


def test_shutdown_ends_recv_with_nothing(parks):
    parks("recv", PAIR, "assert a.recv(1) == b''", "a.shutdown(socket.SHUT_RDWR)")


def test_peers_end_ends_recv_with_nothing(parks):
    parks("recv", PAIR, "assert a.recv(1) == b''", "b.close()")


@PURE
def test_reused_number_starts_afresh(parks, pure):
    """Closed and the number used again while one waits: it must not read from the new socket."""
    meanwhile = (
        "fd = a.fileno(); a.close(); c, d = socket.socketpair(); assert c.fileno() == fd; d.send(b'new'); b.send(b'x')"
    )
    call = "assert a.recv(9) == b'x'\nassert c.recv(9) == b'new'"
    parks("recv", PAIR, call, meanwhile, env={**os.environ, "OCORO_PURE_PYTHON": pure})


def test_two_readers_survive_an_unseen_close(says):
    """Closed by a call that has no hook, while the open file lives on: the hub must not fall over the stale event."""
    code = """
        import os, socket, threading, time
        r, w = os.pipe()
        kept = os.dup(r)
        for _ in range(2):
            threading.Thread(target=os.read, args=(r, 1), daemon=True).start()
        time.sleep(0.005)
        socket.close(r)
        threading.excepthook = lambda args: None
        os.write(w, b"xy")
        time.sleep(0.005)
        print("alive")
    """
    assert says(code) == ["alive"]


def test_many_readers_share_a_socket(says):
    code = """
        import socket, threading
        a, b = socket.socketpair()
        got = []
        threads = [threading.Thread(target=lambda: got.append(a.recv(1))) for _ in range(10)]
        for thread in threads: thread.start()
        b.send(b"0123456789")
        for thread in threads: thread.join()
        print(b"".join(sorted(got)))
    """
    assert says(code) == ["b'0123456789'"]


def test_reader_and_writer_share_a_socket(says):
    code = """
        import socket, threading
        a, b = socket.socketpair()
        def echo():
            while data := b.recv(65536): b.sendall(data)
        threading.Thread(target=echo, daemon=True).start()
        writer = threading.Thread(target=a.sendall, args=(bytes(3_000_000),))
        writer.start()
        got = 0
        while got < 3_000_000: got += len(a.recv(65536))
        writer.join()
        print(got)
    """
    assert says(code) == ["3000000"]


def test_shared_description_stays_blocking(says):
    code = """
        import os, socket, threading
        a, b = socket.socketpair()
        twin = os.dup(a.fileno())
        threading.Timer(0.005, lambda: (print(os.get_blocking(twin)), b.send(b"x"))).start()
        print(a.recv(1))
    """
    assert says(code) == ["True", "b'x'"]


def test_classes_stay_the_same(python, says):
    code = """
import socket, _socket, pickle
print(socket.socket.__mro__, isinstance(socket.socket(), _socket.socket), socket.SocketType)
print(pickle.loads(pickle.dumps(socket.socket)) is socket.socket)
"""
    assert says(code, "-Wignore") == python("-Wignore", "-c", code).out.splitlines()
