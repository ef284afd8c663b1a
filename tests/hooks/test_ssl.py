"""`ssl`: every blocking method of a TLS socket suspends its coroutine only, with and without a time-out."""

from pathlib import Path

import pytest

CERTIFICATE = Path(__file__).parents[1] / "certificates" / "localhost.pem"
CONTEXTS = f"""
import ssl
server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
server.load_cert_chain({str(CERTIFICATE)!r})
context = ssl.create_default_context(cafile={str(CERTIFICATE)!r})
left, right = socket.socketpair()
"""
CONNECTED = (
    CONTEXTS
    + """
sides = []
thread = threading.Thread(target=lambda: sides.append(server.wrap_socket(right, server_side=True)))
thread.start()
a = context.wrap_socket(left, server_hostname="localhost")
thread.join()
b, = sides
a.settimeout({timeout})
"""
)
TIMEOUTS = pytest.mark.parametrize("timeout", ["None", "10"])
DRAIN = "\ngot = 0\nwhile got < 5_000_000: got += len(b.recv(1 << 16))"


@TIMEOUTS
def test_do_handshake_parks(parks, timeout):
    wrap = "a = context.wrap_socket(left, server_hostname='localhost')"
    parks("do_handshake", CONTEXTS + f"left.settimeout({timeout})", wrap, "server.wrap_socket(right, server_side=True)")


@TIMEOUTS
def test_read_parks(parks, timeout):
    parks("recv", CONNECTED.format(timeout=timeout), "assert a.read() == b'x'", "b.write(b'x')")


def test_recv_parks(parks):
    parks("recv", CONNECTED.format(timeout=None), "assert a.recv(9) == b'x'", "b.send(b'x')")


def test_recv_into_parks(parks):
    parks("recv", CONNECTED.format(timeout=None), "assert a.recv_into(bytearray(9)) == 1", "b.send(b'x')")


@TIMEOUTS
def test_write_parks(parks, timeout):
    parks("send", CONNECTED.format(timeout=timeout), "assert a.write(bytes(5_000_000)) == 5_000_000", DRAIN)


def test_send_parks(parks):
    parks("send", CONNECTED.format(timeout=None), "assert a.send(bytes(5_000_000)) == 5_000_000", DRAIN)


def test_sendall_parks(parks):
    parks("send", CONNECTED.format(timeout=None), "a.sendall(bytes(5_000_000))", DRAIN)


def test_sendfile_parks(parks):
    before = CONNECTED.format(timeout=None) + "\nopen('f', 'wb').write(bytes(5_000_000)); f = open('f', 'rb')"
    parks("send", before, "assert a.sendfile(f) == 5_000_000", DRAIN)


@TIMEOUTS
def test_unwrap_parks(parks, timeout):
    parks("unwrap", CONNECTED.format(timeout=timeout), "assert a.unwrap() is a", "b.unwrap()")


def test_second_writer_parks(parks):
    """Records of two writers must not mix, so the second begins when the first has ended."""
    before = CONNECTED.format(timeout=None) + "\nfirst = threading.Thread(target=a.sendall, args=(b'1' * 5_000_000,))"
    call = "first.start(); time.sleep(0); a.sendall(b'2' * 10); first.join()"
    meanwhile = """
got = bytearray()
while len(got) < 5_000_010: got += b.recv(1 << 16)
assert got == b'1' * 5_000_000 + b'2' * 10
"""
    parks("lock", before, call, meanwhile)


def test_second_writer_waits_no_longer_than_its_timeout(says):
    code = CONNECTED.format(timeout=0.2) + (
        "writing = threading.Thread(target=a.sendall, args=(bytes(5_000_000),))\n"
        "a.settimeout(10); writing.start(); time.sleep(0); a.settimeout(0.01)\n"
        "try: a.sendall(b'x')\n"
        "except TimeoutError as error: print(error)\n"
        "got = 0\n"
        "while got < 5_000_000: got += len(b.recv(1 << 16))\n"
        "writing.join()\n"
    )
    assert says("import socket, threading, time\n" + code) == ["The write operation timed out"]


def test_both_directions_at_once(says):
    """More than the buffers hold goes out and back on one connection; each side waits for the other in between."""
    code = CONNECTED.format(timeout=None) + (
        "sent = bytes(range(256)) * 8000\n"
        "def echo():\n"
        "    while data := b.recv(1 << 16): b.sendall(data)\n"
        "def read():\n"
        "    while len(got) < len(sent): got.extend(a.recv(1 << 16))\n"
        "got = bytearray()\n"
        "threads = [threading.Thread(target=target) for target in (echo, read)]\n"
        "for thread in threads: thread.start()\n"
        "a.sendall(sent); threads[1].join(); a.shutdown(socket.SHUT_WR); threads[0].join()\n"
        "print(got == sent)\n"
    )
    assert says("import socket, threading\n" + code) == ["True"]


def test_reader_is_told_that_its_socket_was_closed(says):
    code = CONNECTED.format(timeout=None) + (
        "def read():\n"
        "    try: a.recv(1)\n"
        "    except OSError as error: print(error)\n"
        "reading = threading.Thread(target=read)\n"
        "reading.start(); time.sleep(0); a.close(); b.send(b'x'); reading.join()\n"
    )
    assert says("import socket, threading, time\n" + code) == ["[Errno 9] Bad file descriptor"]


def test_a_dropped_socket_is_closed_at_once(says):
    code = "number = a.fileno(); del a; print(os.path.exists(f'/proc/self/fd/{number}'))"
    imports = "import os, socket, threading, warnings\nwarnings.simplefilter('ignore')\n"
    assert says(imports + CONNECTED.format(timeout=None) + code) == ["False"]


EARLY = """
os.environ["OCORO_BOOT"] = "report=none;no_hook=;real_threads=0;follow=0;reporter="
import ocoro.startup as door; door.start()
thread = threading.Thread(target=lambda: server.wrap_socket(right, server_side=True).send(b"x"))
thread.start()
print(context.wrap_socket(left, server_hostname="localhost").recv(1))
thread.join()
from ocoro.runtime.instance import scheduler
print(scheduler.recorder.tally("do_handshake").waits > 0)
"""


def test_context_made_before_boot(python, tmp_path):
    done = python("-c", "import os, socket, threading" + CONTEXTS + EARLY, cwd=tmp_path)
    assert (done.out, done.err, done.status) == ("b'x'\nTrue\n", "", 0)
