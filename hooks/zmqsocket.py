"""`zmq.sugar.socket` and `zmq.sugar.context`: the methods of pyzmq's sockets and contexts that wait in libzmq.

Each tries without waiting. Its fd tells only that something has happened, so a socket is asked then whether it is
ready; that also has libzmq take in what has come, without which the fd would stay readable.
"""

from __future__ import annotations

import sys

from ocoro.hooks.zmq import EVENTS, FD, POLLIN, POLLOUT
from ocoro.runtime import originals
from ocoro.runtime.coroutine import NEVER
from ocoro.runtime.instance import scheduler
from ocoro.runtime.offload import crowd
from ocoro.runtime.poller import READ

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from typing import Any

LEAVES = {
    "Socket.recv_multipart": "calls recv, as all that receive do",
    "Socket.send_multipart": "calls send, as all that send do",
    "Socket.poll": "uses a poller",
    "Context.destroy": "calls term",
}
DONTWAIT = 1
RCVTIMEO, SNDTIMEO = 27, 28  # options of a socket, in milliseconds; negative for none

_tally = scheduler.recorder.tally("zmq")
_native: dict[str, Any] = {}  # "Class.method" -> what is replaced


def before(module: Any) -> None:
    """Keep the methods that are about to be replaced, and the error that says that one would have to wait."""
    for name in REPLACES:
        owner, _, method = name.partition(".")
        if hasattr(module, owner) and name not in _native:
            _native[name] = getattr(getattr(module, owner), method, None)
    _native["Again"] = sys.modules["zmq.error"].Again  # the module has imported that


def _waiting(name: str, event: int, option: int, before_flags: int) -> Any:
    """A replacement for a method that waits for `event` for as long as the socket's `option` says.

    It takes its flags as an argument behind `before_flags` others, or by name.
    """

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        function = _native[name]
        by_name = len(args) <= before_flags
        flags = kwargs.get("flags", 0) if by_name else args[before_flags]
        if scheduler.me() is None or flags & DONTWAIT:
            return function(self, *args, **kwargs)
        if by_name:
            kwargs["flags"] = flags | DONTWAIT
        else:
            args = (*args[:before_flags], flags | DONTWAIT, *args[before_flags + 1 :])
        deadline = 0.0
        while True:
            try:
                result = function(self, *args, **kwargs)
            except _native["Again"]:
                if not deadline:
                    longest = self.get(option)
                    deadline = NEVER if longest < 0 else originals.monotonic() + longest / 1000
                if not _is_ready(self, event, deadline):
                    raise
            else:
                _tally.count()
                return result

    return method


def _is_ready(socket: Any, event: int, deadline: float) -> bool:
    """Wait until a socket is ready, at most until `deadline`."""
    number = socket.get(FD)
    while not socket.get(EVENTS) & event:
        if not scheduler.wait_fd(_tally, number, READ, deadline):
            return bool(socket.get(EVENTS) & event)
    return True


def term(self: Any) -> None:
    """Replaces `zmq.Context.term`, which waits until all sockets are closed."""
    function = _native["Context.term"]
    if len(scheduler.coroutines) == 1:
        function(self)
    else:
        _tally.call(crowd.call_as_caller, _tally, function, self)


REPLACES = {
    "Socket.send": _waiting("Socket.send", POLLOUT, SNDTIMEO, 1),
    "Socket.recv": _waiting("Socket.recv", POLLIN, RCVTIMEO, 0),
    "Socket.recv_into": _waiting("Socket.recv_into", POLLIN, RCVTIMEO, 3),
    "Context.term": term,
}
