"""`select`: `select`, `poll` and `epoll`.

Each asks the kernel first without waiting, and only if nothing is ready lets its coroutine wait. `poll` and `epoll`
objects are of C types that cannot be changed, so the names become classes that carry a native object each; an epoll fd
is itself readable when one of its fds is ready (epoll(7)).
"""

from __future__ import annotations

import select as _select

from ocoro.hooks.patch import guard_methods, refuse_like
from ocoro.runtime import originals
from ocoro.runtime.coroutine import NEVER
from ocoro.runtime.instance import scheduler
from ocoro.runtime.poller import PRIORITY, READ, WRITE

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from typing import Any


LEAVES = {"kqueue": "not on this platform, so never tried", "devpoll": "the same"}

_select_tally = scheduler.recorder.tally("select")
_LONGEST = 2.0**33  # seconds, about; what is more is for the originals to refuse
_LONGEST_POLL = 2.0**31 - 1  # milliseconds
_LONGEST_EPOLL = _LONGEST_POLL / 1000  # seconds
_poll_tally = scheduler.recorder.tally("poll")
_epoll_tally = scheduler.recorder.tally("epoll")


def select(origin: Any, rlist: Any, wlist: Any, xlist: Any, timeout: Any = None, /) -> Any:
    """Replaces `select.select`."""
    scheduler.checkpoint()
    rlist, wlist, xlist = (_kept(fds) for fds in (rlist, wlist, xlist))
    if _without_waiting(timeout, _LONGEST):
        return originals.select(rlist, wlist, xlist, timeout)
    found = _select_tally.call(originals.select, rlist, wlist, xlist, 0)  # and refuses bad arguments
    _select_tally.count()
    if any(found):
        return found
    deadline = NEVER if timeout is None else originals.monotonic() + timeout
    wanted: dict[int, int] = {}
    for direction, fds in ((READ, rlist), (WRITE, wlist), (PRIORITY, xlist)):
        for fd in fds:
            number = _fileno(fd)
            wanted[number] = wanted.get(number, 0) | direction
    while not any(found) and scheduler.wait_fds(_select_tally, wanted, deadline):
        found = originals.select(rlist, wlist, xlist, 0)
    return found


def _kept(fds: Any) -> Any:
    """An iterator is read once only; a wrong argument is left for the original to refuse."""
    return fds if isinstance(fds, (list, tuple)) or not hasattr(fds, "__iter__") else list(fds)


def _fileno(fd: Any) -> int:
    return fd if isinstance(fd, int) else fd.fileno()


def _without_waiting(timeout: Any, longest: float) -> bool:
    """Whether the original may be called as it is: no wait is asked for, or a bad argument, or we are not at home."""
    if timeout is not None and (not isinstance(timeout, (int, float)) or not 0 < timeout <= longest):
        return True
    return scheduler.me() is None


def _endless(timeout: Any, longest: float) -> bool:
    """Whether `poll` and `epoll` take `timeout` for none: a negative one, if it is not too much of that."""
    return isinstance(timeout, (int, float)) and -longest <= timeout < 0


class Poll:
    """Replaces what `select.poll()` returns."""

    __slots__ = ("__weakref__", "_busy", "_native", "_wanted")

    def __init__(self) -> None:
        self._busy = False
        self._native = originals.poll()
        self._wanted: dict[int, int] = {}

    def register(self, fd: Any, eventmask: int = READ | WRITE | PRIORITY, /) -> None:
        """Ask for `eventmask` of `fd`."""
        self._native.register(fd, eventmask)
        self._wanted[_fileno(fd)] = eventmask

    def modify(self, fd: Any, eventmask: int, /) -> None:
        """Ask for something else; raises FileNotFoundError if `fd` is not registered."""
        self._native.modify(fd, eventmask)
        self._wanted[_fileno(fd)] = eventmask

    def unregister(self, fd: Any, /) -> None:
        """Forget `fd`; raises KeyError if it is not registered."""
        self._native.unregister(fd)
        self._wanted.pop(_fileno(fd), None)

    def poll(self, timeout: Any = None, /) -> list[tuple[int, int]]:
        """Return (fd, events) of what is ready; wait for that, at most `timeout` milliseconds if not negative."""
        scheduler.checkpoint()
        if _endless(timeout, _LONGEST_POLL):
            timeout = None
        if self._busy:
            raise RuntimeError("concurrent poll() invocation")
        if _without_waiting(timeout, _LONGEST_POLL):
            return self._native.poll(timeout)
        self._busy = True
        try:
            return self._poll(NEVER if timeout is None else originals.monotonic() + timeout / 1000)
        finally:
            self._busy = False

    def _poll(self, deadline: float) -> list[tuple[int, int]]:
        _poll_tally.count()
        while True:
            found = self._native.poll(0)
            if found or not scheduler.wait_fds(_poll_tally, self._wanted, deadline):
                return found


def make_poll(origin: Any, /) -> Poll:
    """Replaces `select.poll`."""
    poll: Poll = object.__new__(Poll)
    poll.__init__()  # type: ignore[misc]
    return poll


def _poll_epoll(native: Any, maxevents: int, deadline: float) -> list[tuple[int, int]]:
    while True:
        found: list[tuple[int, int]] = native.poll(0, maxevents)
        try:
            if found or not scheduler.wait_fd(_epoll_tally, native.fileno(), READ, deadline):
                return found
        except OSError:  # closed meanwhile
            heir = scheduler.inherit()
            if heir < 0:
                raise
            native = originals.epoll.fromfd(heir)  # and closed with this object


class epoll:
    """Replaces `select.epoll`."""

    __slots__ = ("__weakref__", "_native", "fileno", "modify", "register", "unregister")

    def __init__(self, sizehint: int = -1, flags: int = 0) -> None:
        self._adopt(originals.epoll(sizehint, flags))

    def _adopt(self, native: Any) -> None:
        self._native = native
        self.fileno = native.fileno
        self.register = native.register
        self.modify = native.modify
        self.unregister = native.unregister

    @classmethod
    def fromfd(cls, fd: int, /) -> epoll:
        """An epoll object for a given control fd."""
        self = cls.__new__(cls)
        self._adopt(originals.epoll.fromfd(fd))
        return self

    @property
    def closed(self) -> bool:
        """True if the epoll handler is closed."""
        return bool(self._native.closed)

    def close(self) -> None:
        """Close the control fd; whoever waits for it is told."""
        if not self._native.closed and self._native.fileno() in scheduler.fds:
            scheduler.closing(self._native.fileno())
        self._native.close()

    def poll(self, timeout: Any = None, maxevents: int = -1) -> list[tuple[int, int]]:
        """Return (fd, events) of what is ready; wait for that, at most `timeout` seconds unless None or negative."""
        scheduler.checkpoint()
        if _endless(timeout, _LONGEST_EPOLL):
            timeout = None
        if _without_waiting(timeout, _LONGEST_EPOLL):
            return self._native.poll(timeout, maxevents)  # type: ignore[no-any-return]
        deadline = NEVER if timeout is None else originals.monotonic() + timeout
        _epoll_tally.count()
        return _poll_epoll(self._native, maxevents, deadline)

    def __enter__(self) -> epoll:
        if self._native.closed:
            raise ValueError("I/O operation on closed epoll object")
        return self

    def __exit__(self, kind: Any = None, error: Any = None, traceback: Any = None) -> None:
        self.close()


for _kind, _name in ((Poll, "poll"), (epoll, "epoll")):
    _kind.__module__, _kind.__name__, _kind.__qualname__ = "select", _name, _name
guard_methods(Poll)
refuse_like(Poll, type(originals.poll()))

REPLACES: dict[str, Any] = {"select": select, "poll": make_poll}
if hasattr(_select, "epoll"):
    REPLACES["epoll"] = epoll
