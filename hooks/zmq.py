"""pyzmq's C part, `zmq.backend.cython._zmq`: what waits in libzmq.

A socket of ZeroMQ has an fd that becomes readable when something has happened to it. `zmq_poll`, on which pollers are
built, waits for these. What relays messages for ever is called in a real thread that passes for the caller.
`zmqsocket` has the methods of sockets and contexts.
"""

from __future__ import annotations

from ocoro.runtime import originals
from ocoro.runtime.coroutine import NEVER
from ocoro.runtime.instance import scheduler
from ocoro.runtime.offload import crowd
from ocoro.runtime.poller import PRIORITY, READ, WRITE

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from typing import Any

LEAVES = {
    "Socket": "a type in C, that of its methods which wait are replaced in the class above it, see `zmqsocket`",
    "Context": "the same",
    "curve_keypair": "computes shortly",
}
FD, EVENTS = 14, 15  # options of a socket
POLLIN, POLLOUT, POLLPRI = 1, 2, 8
DIRECTIONS = ((POLLIN, READ), (POLLOUT, WRITE), (POLLPRI, PRIORITY))

_tally = scheduler.recorder.tally("zmq")
_native: dict[str, Any] = {}  # what is replaced


def before(module: Any) -> None:
    """Keep the functions that are about to be replaced."""
    _native.update({name: getattr(module, name) for name in REPLACES if hasattr(module, name)})
    _native["Socket"] = module.Socket


def zmq_poll(sockets: Any, timeout: Any = -1) -> Any:
    """Replaces `zmq.zmq_poll`. The time-out is in milliseconds, negative for none."""
    poll = _native["zmq_poll"]
    if scheduler.me() is None or not isinstance(timeout, int) or timeout == 0:
        return poll(sockets, timeout)
    sockets = list(sockets)
    found = _tally.call(poll, sockets, 0)  # and refuses bad arguments
    _tally.count()
    deadline = NEVER if timeout < 0 else originals.monotonic() + timeout / 1000
    while not found and scheduler.wait_fds(_tally, _fds(sockets), deadline):
        found = poll(sockets, 0)
    return found


def _fds(sockets: list[Any]) -> dict[int, int]:
    """What to wait for: the fd of a socket of ZeroMQ is readable whatever has happened."""
    wanted: dict[int, int] = {}
    for socket, events in sockets:
        if isinstance(socket, _native["Socket"]):
            number, directions = socket.get(FD), READ
        else:
            number = socket if isinstance(socket, int) else socket.fileno()
            directions = sum(direction for event, direction in DIRECTIONS if events & event)
        wanted[number] = wanted.get(number, 0) | directions
    return wanted


def _relayed(name: str) -> Any:
    """A replacement for a function that does not return before the context of its sockets is terminated."""

    def relay(*args: Any, **kwargs: Any) -> Any:
        function = _native[name]
        if len(scheduler.coroutines) == 1:
            return function(*args, **kwargs)
        return _tally.call(crowd.call_as_caller, _tally, function, *args, **kwargs)

    return relay


REPLACES = {
    "zmq_poll": zmq_poll,
    "proxy": _relayed("proxy"),
    "proxy_steerable": _relayed("proxy_steerable"),
    "monitored_queue": _relayed("monitored_queue"),
}
