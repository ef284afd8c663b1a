"""Values in words: what stands behind an fd, data, addresses, errors; whatever they are, they stay on their line."""

import errno
import os
import socket

import pytest

from ocoro.cli.tracing.values import address, failure, fd, fileno, quoted, value


class Nosy:
    """Calls back whoever asks for its number or its text."""

    def fileno(self):
        raise AssertionError

    __repr__ = __str__ = fileno


def listener():
    return socket.create_server(("127.0.0.1", 0))


def test_connection_shows_both_ends():
    with listener() as server, socket.create_connection(server.getsockname()) as client:
        mine, peer = client.getsockname()[1], server.getsockname()[1]
        assert fd(client) == f"{client.fileno()}<TCP 127.0.0.1:{mine}->127.0.0.1:{peer}>"
        assert fd(client.fileno()) == fd(client)
        assert fd(server) == f"{server.fileno()}<TCP 127.0.0.1:{peer}>"


def test_number_that_is_used_again_shows_what_it_is_now(tmp_path):
    first, second = socket.socketpair()
    with second:
        number = first.fileno()
        assert fd(number) == f"{number}<UNIX>"
        first.close()
        again = os.open(tmp_path / "log", os.O_CREAT | os.O_WRONLY)
        try:
            assert again == number
            assert fd(number) == f"{number}<{tmp_path}/log>"
        finally:
            os.close(again)
        assert fd(number) == str(number)


def test_looking_at_a_socket_leaves_it_open():
    with listener() as server:
        fd(server.fileno())
        assert os.fstat(server.fileno())


def test_other_sockets(tmp_path):
    with socket.socket(socket.AF_UNIX) as unix, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        unix.bind(str(tmp_path / "a>b"))
        assert fd(unix) == f"{unix.fileno()}<UNIX {tmp_path}/a\\76b>"
        assert fd(udp) == f"{udp.fileno()}<UDP>"


def test_closed_socket_is_minus_one():
    closed = socket.socket()
    closed.close()
    assert (fd(closed), fileno(closed)) == ("-1", -1)


def test_code_of_the_program_is_not_called():
    assert fileno(Nosy()) == -1
    assert (fd(Nosy()), value(Nosy()), value([Nosy()])) == ("(Nosy)", "(Nosy)", "[(Nosy)]")


@pytest.mark.parametrize(
    ("where", "told"),
    [
        (("10.0.0.1", 80), "10.0.0.1:80"),
        (("::1", 80, 0, 0), "[::1]:80"),
        ("/run/x.sock", '"/run/x.sock"'),
        (b"\0hidden", '"@hidden"'),
    ],
)
def test_addresses(where, told):
    assert address(where) == told


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", '""'),
        (b"abc", '"abc"'),
        (b"abcdef", '"abcde"...'),
        (b'"\\\n', r'"\"\\\n"'),
        (b"\x001\x00x", r'"\0001\0x"'),
        (bytearray(b"\xff"), r'"\377"'),
        (memoryview(b"\xe9"), r'"\351"'),
    ],
)
def test_data_as_c_writes_it(data, told):
    assert quoted(data, 5) == told


@pytest.mark.parametrize(
    ("thing", "told"),
    [(None, "None"), (True, "True"), (3, "3"), (0.05, "0.05"), ("a\n", r'"a\n"'), ([1, "b"], '[1 "b"]'), ((), "[]")],
)
def test_other_values(thing, told):
    assert value(thing) == told


def test_long_values_are_cut():
    assert value("x" * 1000) == f'"{"x" * 40}"...'
    assert value(list(range(1000))) == "[1000 values]"


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, "no"), "-1 ECONNREFUSED (Connection refused)"),
        (TimeoutError("timed out"), "TimeoutError: timed out"),
        (socket.gaierror(-2, "Name or service not known"), "gaierror: Name or service not known"),
        (KeyboardInterrupt(), "KeyboardInterrupt"),
        (ValueError("two\nlines"), r"ValueError: two\nlines"),
    ],
)
def test_errors(error, told):
    assert failure(error) == told
