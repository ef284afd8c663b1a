"""Calls in words: each argument and each result as the table says, and nothing lost of wrong ones."""

import socket
import threading

import pytest

from ocoro.cli.tracing.decode import ARGUMENTS, RESULTS, Decoder
from ocoro.hooks.observe import OBSERVED


def told(call, args, result, strings=8, **kwargs):
    decoder = Decoder(strings)
    return decoder.begin(call, args, kwargs) + decoder.end(call, args, result)


@pytest.mark.parametrize(
    ("call", "args", "result", "words"),
    [
        ("sleep", (0.05,), None, "sleep(0.05)"),
        ("recv", (-1, 100), b"hello", 'recv(-1, 100) = 5 "hello"'),
        ("recv", (-1, 100), b"hello, world", 'recv(-1, 100) = 12 "hello, w"...'),
        ("read", (-1, 100), b"", 'read(-1, 100) = 0 ""'),
        ("recv_into", (-1, bytearray(b"abcd")), 3, 'recv_into(-1, 4) = 3 "abc"'),
        ("recvfrom", (-1, 9), (b"x", ("10.0.0.1", 53)), 'recvfrom(-1, 9) = 1 "x" from 10.0.0.1:53'),
        ("recvfrom_into", (-1, bytearray(2)), (1, None), r'recvfrom_into(-1, 2) = 1 "\0"'),
        ("recvmsg", (-1, 9), (b"x", [], 0, None), 'recvmsg(-1, 9) = 1 "x"'),
        ("recvmsg_into", (-1, [bytearray(2)] * 2), (3, [], 0, None), "recvmsg_into(-1, 4 bytes in 2) = 3"),
        ("send", (-1, b"abc"), 2, 'send(-1, "abc", 3) = 2'),
        ("sendall", (-1, b"x" * 10), None, 'sendall(-1, "xxxxxxxx"..., 10)'),
        ("sendto", (-1, b"x", ("10.0.0.1", 53)), 1, 'sendto(-1, "x", 1, 10.0.0.1:53) = 1'),
        ("sendto", (-1, b"x", 0, ("10.0.0.1", 53)), 1, 'sendto(-1, "x", 1, 0, 10.0.0.1:53) = 1'),
        ("sendmsg", (-1, [b"ab", b"c"]), 3, "sendmsg(-1, 3 bytes in 2) = 3"),
        ("connect", (-1, ("::1", 80, 0, 0)), None, "connect(-1, [::1]:80)"),
        (
            "connect_ex",
            (-1, ("10.0.0.1", 80)),
            111,
            "connect_ex(-1, 10.0.0.1:80) = 111 ECONNREFUSED (Connection refused)",
        ),
        ("connect_ex", (-1, ("10.0.0.1", 80)), 0, "connect_ex(-1, 10.0.0.1:80) = 0"),
        ("select", ([3], (4, 5), [], None), ([], [4], []), "select([3], [4 5], [], None) = [] [4] []"),
        ("waitpid", (7, 0), (7, 3 << 8), "waitpid(7, 0) = 7 exited with 3"),
        ("waitpid", (7, 0), (7, 9), "waitpid(7, 0) = 7 killed by signal 9"),
        ("waitpid", (7, 1), (0, 0), "waitpid(7, 1) = 0"),
        ("gethostbyname", ("localhost",), "127.0.0.1", 'gethostbyname("localhost") = "127.0.0.1"'),
    ],
)
def test_call_in_words(call, args, result, words):
    assert told(call, args, result) == words


def test_keyword_arguments_are_told():
    infos = [(2, 1, 6, "", ("10.0.0.1", 80)), (2, 2, 17, "", ("10.0.0.1", 80))]
    assert told("getaddrinfo", ("a.example", 80), infos, type=1) == 'getaddrinfo("a.example", 80, type=1) = 10.0.0.1'


def test_accepted_socket_shows_its_peer():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        connection, where = server.accept()
        with connection:
            words = told("accept", (server,), (connection.fileno(), where))
            assert words.endswith(f"->127.0.0.1:{client.getsockname()[1]}>")


def test_thread_is_told_by_its_name():
    thread = threading.Thread(name="worker 1")
    assert told("start_thread", (thread._bootstrap, ()), None) == 'start_thread("worker 1")'
    assert told("start_thread", (told, ()), None, daemon=True) == 'start_thread("told")'


@pytest.mark.parametrize("call", sorted({*ARGUMENTS, *OBSERVED.values()}))
def test_wrong_arguments_are_told_as_they_are(call):
    for args in ((), (None,), (object(), object()), ("a", "b", "c", "d")):
        assert Decoder(8).begin(call, args, {"x": None}).startswith(f"{call}(")


def test_tables_name_observed_calls():
    assert set(ARGUMENTS) | set(RESULTS) <= set(OBSERVED.values())
