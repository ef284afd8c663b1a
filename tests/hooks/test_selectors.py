"""`selectors` waits by way of `select`."""

import pytest


@pytest.mark.parametrize(
    ("kind", "tally"), [("SelectSelector", "select"), ("PollSelector", "poll"), ("EpollSelector", "epoll")]
)
@pytest.mark.parametrize("early", [False, True])
def test_selector_select_parks(parks, kind, tally, early):
    before = f"a, b = socket.socketpair(); s = selectors.{kind}(); s.register(a, selectors.EVENT_READ)"
    parks(tally, before, f"s.select({'10' if early else ''})", "b.send(b'x')")


def test_default_selector_is_the_same(python, says):
    code = "import selectors; print(selectors.DefaultSelector)"
    assert says(code) == python("-c", code).out.splitlines()
