"""`select`: waiting for several fds suspends the coroutine only, and tells what the kernel tells."""

import pytest

PAIR = "a, b = socket.socketpair()\n"


def test_select_parks(parks):
    parks("select", PAIR, "assert select.select([a], [], []) == ([a], [], [])", "b.send(b'x')")


def test_select_time_out_parks(parks):
    parks("select", PAIR, "assert select.select([a], [], [], 0.05) == ([], [], [])")


def test_select_of_nothing_parks(parks):
    parks("select", "", "select.select([], [], [], 0.05)")


def test_select_for_writing_parks(parks):
    before = PAIR + "a.setblocking(False)\ntry:\n    while a.send(b'x' * 65536): pass\nexcept BlockingIOError: pass"
    parks(
        "select", before, "select.select([], [a], [])", "\nwhile not select.select([], [a], [], 0)[1]: b.recv(1 << 20)"
    )


def test_poll_parks(parks):
    before = PAIR + "p = select.poll(); p.register(a, select.POLLIN)"
    parks("poll", before, "assert p.poll() == [(a.fileno(), select.POLLIN)]", "b.send(b'x')")


def test_poll_time_out_parks(parks):
    parks("poll", PAIR + "p = select.poll(); p.register(a, select.POLLIN)", "assert p.poll(100) == []")


def test_epoll_parks(parks):
    before = PAIR + "e = select.epoll(); e.register(a, select.EPOLLIN)"
    parks("epoll", before, "assert e.poll() == [(a.fileno(), select.EPOLLIN)]", "b.send(b'x')")


def test_epoll_time_out_parks(parks):
    parks("epoll", PAIR + "e = select.epoll(); e.register(a, select.EPOLLIN)", "assert e.poll(0.05) == []")


def test_nested_epolls_park(parks):
    before = PAIR + "inner = select.epoll(); inner.register(a, select.EPOLLIN)\n"
    before += "outer = select.epoll(); outer.register(inner.fileno(), select.EPOLLIN)"
    call = "assert outer.poll() == [(inner.fileno(), select.EPOLLIN)]; assert inner.poll() == [(a.fileno(), 1)]"
    parks("epoll", before, call, "b.send(b'x')")


def test_epoll_of_an_adopted_fd_parks(parks):
    before = PAIR + "first = select.epoll(); e = select.epoll.fromfd(os.dup(first.fileno())); e.register(a, 1)"
    parks("epoll", before, "assert e.poll() == [(a.fileno(), 1)]", "b.send(b'x')")


def test_registered_while_waiting_counts(parks):
    """Another thread may add an fd to an epoll that is being waited for."""
    parks(
        "epoll", PAIR + "e = select.epoll()", "assert e.poll() == [(a.fileno(), 1)]", "e.register(a, 1); b.send(b'x')"
    )


def test_closing_ends_select_with_bad_descriptor(parks):
    call = "\ntry: select.select([fd], [], [])\nexcept OSError as error: assert error.errno == 9"
    parks("select", PAIR + "fd = a.fileno()", call, "a.close()")


def test_closing_ends_poll_as_not_valid(parks):
    before = PAIR + "p = select.poll(); fd = a.fileno(); p.register(a, select.POLLIN)"
    parks("poll", before, "assert p.poll() == [(fd, select.POLLNVAL)]", "a.close()")


def test_closing_epoll_lets_its_wait_go_on(parks):
    before = PAIR + "e = select.epoll(); e.register(a, 1)"
    parks("epoll", before, "assert e.poll() == [(a.fileno(), 1)]", "e.close(); b.send(b'x')")


REFUSED = [
    "select.select([], [], [], -1)",
    "select.select([], [], [], 'x')",
    "select.select([-1], [], [])",
    "select.select(['x'], [], [], 1)",
    "select.select(1, [], [])",
    "select.select([10**9], [], [], 1)",
    "select.select([50], [], [], 1)",
    "select.poll().modify(0, 1)",
    "select.poll().unregister(0)",
    "select.poll().register('x')",
    "select.poll().poll('x')",
    "select.epoll().register(999)",
    "select.epoll().unregister(0)",
    "select.epoll().poll('x')",
    "select.epoll(0)",
    "select.epoll(-1, 7)",
]


@pytest.mark.parametrize("call", REFUSED)
def test_wrong_calls_are_refused_alike(python, says, call):
    code = f"import select\ntry: print({call})\nexcept Exception as error: print(repr(error))"
    assert says(code) == python("-c", code).out.splitlines()


def test_closed_epoll_says_so(python, says):
    code = """
import select
e = select.epoll()
with e: print(e.closed)
print(e.closed)
for call in (e.poll, e.fileno, e.__enter__):
    try: print(call())
    except ValueError as error: print(error)
"""
    assert says(code) == python("-c", code).out.splitlines()


def test_exclusive_waiters_are_woken_one_by_one(says):
    code = """
        import os, select, threading, time
        r, w = os.pipe()
        got = []
        def wait():
            while not got or got[-1] != "end":
                select.select([r], [], [])
                data = os.read(r, 1)
                got.append(data)
                return
        threads = [threading.Thread(target=wait) for _ in range(3)]
        for thread in threads: thread.start()
        os.write(w, b"abc")
        for thread in threads: thread.join()
        print(sorted(got))
    """
    assert says(code) == ["[b'a', b'b', b'c']"]
