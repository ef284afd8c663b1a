"""Name resolution waits in a real thread, so that only the asking coroutine waits."""

import pytest

CALLS = {
    "getaddrinfo": "socket.getaddrinfo('localhost', 80)",
    "gethostbyname": "socket.gethostbyname('localhost')",
    "gethostbyname_ex": "socket.gethostbyname_ex('localhost')",
    "gethostbyaddr": "socket.gethostbyaddr('127.0.0.1')",
    "getnameinfo": "socket.getnameinfo(('127.0.0.1', 80), 0)",
}


def test_getaddrinfo_parks(parks):
    parks("resolve", "", CALLS["getaddrinfo"], briefly=True)


def test_gethostbyname_parks(parks):
    parks("resolve", "", CALLS["gethostbyname"], briefly=True)


def test_gethostbyname_ex_parks(parks):
    parks("resolve", "", CALLS["gethostbyname_ex"], briefly=True)


def test_gethostbyaddr_parks(parks):
    parks("resolve", "", CALLS["gethostbyaddr"], briefly=True)


def test_getnameinfo_parks(parks):
    parks("resolve", "", CALLS["getnameinfo"], briefly=True)


@pytest.mark.parametrize("call", CALLS.values())
def test_answers_are_the_same(python, says, call):
    code = f"import socket; print({call})"
    assert says(code) == python("-c", code).out.splitlines()


def test_addresses_need_no_thread(says):
    code = """
        import socket
        socket.getaddrinfo("127.0.0.1", 80), socket.gethostbyname("127.0.0.1"), socket.getaddrinfo("::1", 80)
        from ocoro.runtime.instance import scheduler
        print(scheduler.helpers, scheduler.recorder.tally("resolve").waits)
    """
    assert says(code) == ["set() 0"]


@pytest.mark.parametrize(
    "call",
    [
        "socket.getaddrinfo('localhost', 'nothing')",
        "socket.getaddrinfo(1, 80)",
        "socket.gethostbyname(1)",
        "socket.gethostbyname('a' * 70)",
        "socket.gethostbyaddr('not an address ')",
        "socket.getnameinfo('x', 0)",
    ],
)
def test_bad_names_are_refused_alike(python, says, call):
    code = f"import socket\ntry: {call}\nexcept Exception as error: print(repr(error))"
    assert says(code) == python("-c", code).out.splitlines()
