"""Lets somebody watch the hooked calls: each call's beginning and end, whether it has to wait or not.

Nothing is watched, and nothing costs, unless `watch` was called before the hooks are installed.
"""

from __future__ import annotations

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from typing import Any, Protocol

    class Observer(Protocol):
        """Told of calls by the coroutine or thread that makes them. What it raises goes to the program."""

        def begin(self, call: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
            """A call begins; what is returned is handed to `end` or `fail`."""

        def end(self, token: Any, result: Any) -> None:
            """It has returned."""

        def fail(self, token: Any, error: BaseException) -> None:
            """It has raised."""


OBSERVED = {
    "time.sleep": "sleep",
    "posix.read": "read",
    "posix.write": "write",
    "posix.close": "close",
    "posix.sendfile": "sendfile",
    "posix.waitpid": "waitpid",
    "select.select": "select",
    "_socket.getaddrinfo": "getaddrinfo",
    "_socket.gethostbyname": "gethostbyname",
    "_socket.gethostbyname_ex": "gethostbyname_ex",
    "_socket.gethostbyaddr": "gethostbyaddr",
    "_socket.getnameinfo": "getnameinfo",
    "_thread.start_new_thread": "start_thread",
    "_thread.start_joinable_thread": "start_thread",
    "socket.socket._accept": "accept",
    "socket.socket.connect": "connect",
    "socket.socket.connect_ex": "connect_ex",
    "socket.socket.recv": "recv",
    "socket.socket.recv_into": "recv_into",
    "socket.socket.recvfrom": "recvfrom",
    "socket.socket.recvfrom_into": "recvfrom_into",
    "socket.socket.recvmsg": "recvmsg",
    "socket.socket.recvmsg_into": "recvmsg_into",
    "socket.socket.send": "send",
    "socket.socket.sendall": "sendall",
    "socket.socket.sendto": "sendto",
    "socket.socket.sendmsg": "sendmsg",
    "socket.socket._real_close": "close",
}

_observers: list[Observer] = []


def watch(observer: Observer) -> None:
    """Have `observer` told of the calls in `OBSERVED`; before any hook is installed."""
    _observers[:] = [observer]


def is_observed(name: str) -> bool:
    """Whether somebody watches the calls of `name`."""
    return bool(_observers) and name in OBSERVED


def observed(name: str, function: Any, of_builtin: bool) -> Any:
    """`function`, the replacement for `name`, in a wrapper that tells the observer; itself where nobody watches.

    The replacement for a built-in function takes what stands for its module first, which is no argument of the call.
    """
    if not is_observed(name):
        return function
    function.__qualname__ = name.partition(".")[2]  # as in the TypeError for wrong arguments, which it raises now
    observer, call, first = _observers[0], OBSERVED[name], int(of_builtin)

    def observe(*args: Any, **kwargs: Any) -> Any:
        token = observer.begin(call, args[first:], kwargs)
        try:
            result = function(*args, **kwargs)
        except BaseException as error:
            observer.fail(token, error)
            raise
        observer.end(token, result)
        return result

    return observe
