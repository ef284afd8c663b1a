"""`ssl`: handshake, reading, writing and closing of TLS sockets.

`SSLSocket` is Python code over a C object, `_ssl._SSLSocket`, that waits by itself. Its type cannot be changed, so what
`SSLContext._wrap_socket` returns becomes an object that carries a native one. Each call is made with the socket's
time-out put aside, for that moment; OpenSSL says whether it wants to read or to write, the coroutine waits for that,
and the call is made again. OpenSSL keeps what it has got so far, and wants a write to be repeated with the same data:
so of several coroutines that write, the next one begins when the one before has ended.

A callback of the program (SNI) runs inside the call and may park there; its socket has no time-out meanwhile.

What is built on `MemoryBIO` (`SSLObject`, asyncio) has no socket and does not wait.
"""

from __future__ import annotations

import _socket
import _ssl
from _weakref import ref

from ocoro.hooks.patch import guard_methods
from ocoro.runtime import originals
from ocoro.runtime.coroutine import NEVER
from ocoro.runtime.instance import scheduler
from ocoro.runtime.lock import make_lock
from ocoro.runtime.poller import READ, WRITE

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from typing import Any

    from ocoro.runtime.tally import Tally


_OVER_SSLSOCKET = "Python code over SSLSocket"

LEAVES = {
    "SSLSocket": "Python code over what SSLContext._wrap_socket returns, and over socket",
    "SSLObject": "works on memory, and does not wait",
    "SSLContext.wrap_socket": _OVER_SSLSOCKET,
    "get_server_certificate": _OVER_SSLSOCKET,
}

_timeout_of = _socket.socket.gettimeout
_settimeout = _socket.socket.settimeout
_NO_TIME = 0.0  # raises SSLWantReadError or SSLWantWriteError instead of waiting
_TIME_IS_OVER = 1e-9  # raises TimeoutError instead of waiting, in the original's words
_native: Any = _ssl  # the stubs leave out what is private
_wrap_socket = _native._SSLContext._wrap_socket
_handshake_tally, _recv_tally, _send_tally, _unwrap_tally = (
    scheduler.recorder.tally(name) for name in ("do_handshake", "recv", "send", "unwrap")
)


def _persist(sock: Any, tally: Tally, deadline: float, call: Any, *args: Any) -> Any:
    """Make `call` again and again, whenever the socket is ready for what it wants, until it is done or time is over."""
    fd = sock.fileno()
    while True:
        try:
            return _within(_NO_TIME, sock, call, *args)
        except _ssl.SSLWantReadError:
            direction = READ
        except _ssl.SSLWantWriteError:
            direction = WRITE
        if not scheduler.wait_fd(tally, fd, direction, deadline):
            return _within(_TIME_IS_OVER, sock, call, *args)


def _within(moment: float, sock: Any, call: Any, *args: Any) -> Any:
    """One `call`, with `moment` for a time-out in place of the socket's."""
    timeout = _timeout_of(sock)
    _settimeout(sock, moment)
    try:
        return call(*args)
    finally:
        if sock.fileno() >= 0 and _timeout_of(sock) == moment:  # neither closed nor changed by the program's callback
            _settimeout(sock, timeout)


class TLS:
    """Carries the native object of an `SSLSocket`, and waits in its place."""

    __slots__ = ("__weakref__", "_native", "_sock", "_writing")

    def __init__(self, native: Any, sock: Any) -> None:
        self._native = native
        self._sock = ref(sock)  # as the native object does: the socket refers to us
        self._writing = make_lock()

    def do_handshake(self) -> None:
        """Shake hands."""
        self._call(_handshake_tally, self._native.do_handshake)
        _handshake_tally.count()

    def read(self, *args: Any) -> Any:
        """Read up to a number of bytes, and return them, or into a buffer, and return how many."""
        result = self._call(_recv_tally, self._native.read, *args)
        _recv_tally.count(result if isinstance(result, int) else len(result))
        return result

    def write(self, data: Any, /) -> int:
        """Write all of `data`; the time-out is for the turn of this coroutine and for the writing together."""
        scheduler.checkpoint()
        sock = self._waiting_socket()
        if sock is None:
            size: int = self._native.write(data)
        else:
            size = self._write_in_turn(sock, data)
        _send_tally.count(size)
        return size

    def _write_in_turn(self, sock: Any, data: Any) -> int:
        timeout = _timeout_of(sock)
        deadline = _deadline(timeout)
        if not self._writing.acquire(True, -1 if timeout is None else timeout):
            raise TimeoutError("The write operation timed out")
        try:
            size: int = _persist(sock, _send_tally, deadline, self._native.write, data)
            return size
        except OSError:
            _send_tally.failed()
            raise
        finally:
            self._writing.release()

    def shutdown(self) -> Any:
        """Say that nothing more will be written, wait until the other side says so, and return the socket."""
        sock = self._call(_unwrap_tally, self._native.shutdown)
        _unwrap_tally.count()
        return sock

    def _call(self, tally: Tally, call: Any, *args: Any) -> Any:
        scheduler.checkpoint()
        sock = self._waiting_socket()
        if sock is None:
            return call(*args)
        try:
            return _persist(sock, tally, _deadline(_timeout_of(sock)), call, *args)
        except OSError:
            tally.failed()
            raise

    def _waiting_socket(self) -> Any:
        """The socket, if a call on it may wait and is made in a coroutine."""
        sock = self._sock()
        if sock is None or sock.fileno() < 0 or _timeout_of(sock) == 0 or scheduler.me() is None:
            return None
        return sock

    def __getattr__(self, name: str) -> Any:
        return getattr(self._native, name)


def _deadline(timeout: float | None) -> float:
    return NEVER if timeout is None else originals.monotonic() + timeout


def _attribute(name: str) -> Any:
    """An attribute of the native object that may also be set."""
    return property(lambda self: getattr(self._native, name), lambda self, value: setattr(self._native, name, value))


for _name in ("context", "owner", "session"):
    setattr(TLS, _name, _attribute(_name))
guard_methods(TLS, _native._SSLSocket)


def wrap_socket(self: Any, sock: Any, *args: Any, **kwargs: Any) -> TLS:
    """Replaces `SSLContext._wrap_socket`."""
    return TLS(_wrap_socket(self, sock, *args, **kwargs), sock)


def is_for(module: Any) -> bool:
    """Whether `module` is over the types that are called here."""
    return issubclass(module.SSLContext, _native._SSLContext) and issubclass(module.SSLSocket, _socket.socket)


REPLACES = {"SSLContext._wrap_socket": wrap_socket}
