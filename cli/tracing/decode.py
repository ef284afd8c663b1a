"""A call in words: what it was given, and what came of it.

`recv(5<TCP 10.0.0.1:5000->10.0.0.2:80>, 4096) = 512 "HTTP/1.1 ..."`. A table says for each call how its arguments and
its result are told; what is not in there is told as any value.
"""

from __future__ import annotations

import os

from ocoro.cli.tracing.values import address, error_name, failure, fd, fileno, quoted, size, value
from ocoro.hooks.thread import name_of

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Told = Callable[[Any, int], str]  # of an argument: the value, how many bytes of data are shown
    Outcome = Callable[[tuple[Any, ...], Any, int], str]  # of a result: the arguments, the result, the same number


class Decoder:
    """Tells calls; at most `strings` bytes of data are shown."""

    def __init__(self, strings: int) -> None:
        self._strings = strings

    def begin(self, call: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
        """The call with its arguments, which are as they are now."""
        if call == "start_thread":  # what else is given to it is threading's own
            args, kwargs = args[:1], {}
        tellers = ARGUMENTS.get(call, ())
        texts = [tellers[at](arg, self._strings) if at < len(tellers) else value(arg) for at, arg in enumerate(args)]
        texts += [f"{name}={value(arg)}" for name, arg in kwargs.items()]
        return f"{call}({', '.join(texts)})"

    def end(self, call: str, args: tuple[Any, ...], result: Any) -> str:
        """What came of it; empty for nothing."""
        if call in RESULTS:
            return f" = {RESULTS[call](args, result, self._strings)}"
        return "" if result is None else f" = {value(result)}"

    def fail(self, error: BaseException) -> str:
        """The error in its place."""
        return f" = {failure(error)}"


# -- arguments ---------------------------------------------------------------------------------------------------------


def _fd(thing: Any, strings: int) -> str:
    return fd(thing)


def _data(data: Any, strings: int) -> str:
    """What is sent, and how many bytes that are."""
    return f"{quoted(data, strings)}, {size(data)}"


def _room(buffer: Any, strings: int) -> str:
    """How many bytes fit into a buffer."""
    return str(size(buffer))


def _pieces(buffers: Any, strings: int) -> str:
    """The bytes of some buffers, in sum."""
    if type(buffers) not in (tuple, list):
        return value(buffers)
    return f"{sum(map(size, buffers))} bytes in {len(buffers)}"


def _fds(fds: Any, strings: int) -> str:
    """Numbers only, as they may be many."""
    return f"[{' '.join(str(fileno(each)) for each in fds)}]" if type(fds) in (tuple, list) else value(fds)


def _address(where: Any, strings: int) -> str:
    return address(where)


def _thread(function: Any, strings: int) -> str:
    """The name of the thread that is to be started, or of its function."""
    return value(name_of(function))


ARGUMENTS: dict[str, tuple[Told, ...]] = {
    "recv": (_fd,),
    "recv_into": (_fd, _room),
    "recvfrom": (_fd,),
    "recvfrom_into": (_fd, _room),
    "recvmsg": (_fd,),
    "recvmsg_into": (_fd, _pieces),
    "read": (_fd,),
    "send": (_fd, _data),
    "sendall": (_fd, _data),
    "sendto": (_fd, _data),
    "sendmsg": (_fd, _pieces),
    "sendfile": (_fd, _fd),
    "write": (_fd, _data),
    "accept": (_fd,),
    "connect": (_fd, _address),
    "connect_ex": (_fd, _address),
    "close": (_fd,),
    "select": (_fds, _fds, _fds),
    "start_thread": (_thread,),
}

# -- results -----------------------------------------------------------------------------------------------------------


def _received(args: tuple[Any, ...], data: Any, strings: int) -> str:
    return f"{len(data)} {quoted(data, strings)}"


def _received_into(args: tuple[Any, ...], count: Any, strings: int) -> str:
    with memoryview(args[1]) as view, view.cast("B") as octets:
        return f"{count} {quoted(octets[:count], strings)}"


def _received_from(args: tuple[Any, ...], result: Any, strings: int) -> str:
    return f"{_received(args, result[0], strings)}{_sender(result[-1])}"


def _received_into_from(args: tuple[Any, ...], result: Any, strings: int) -> str:
    return f"{_received_into(args, result[0], strings)}{_sender(result[-1])}"


def _count_from(args: tuple[Any, ...], result: Any, strings: int) -> str:
    return f"{result[0]}{_sender(result[-1])}"


def _sender(where: Any) -> str:
    return f" from {address(where)}" if where else ""


def _accepted(args: tuple[Any, ...], result: Any, strings: int) -> str:
    return fd(result[0])


def _addresses(args: tuple[Any, ...], infos: Any, strings: int) -> str:
    return " ".join(dict.fromkeys(str(info[4][0]) for info in infos))


def _ready(args: tuple[Any, ...], found: Any, strings: int) -> str:
    return " ".join(_fds(fds, strings) for fds in found)


def _child(args: tuple[Any, ...], result: Any, strings: int) -> str:
    pid, status = result
    if not pid:
        return "0"
    if os.WIFSIGNALED(status):
        return f"{pid} killed by signal {os.WTERMSIG(status)}"
    return f"{pid} exited with {os.WEXITSTATUS(status)}" if os.WIFEXITED(status) else f"{pid} status {status}"


def _connected(args: tuple[Any, ...], number: Any, strings: int) -> str:
    """An errno, with its name unless it is 0."""
    return f"{number} {error_name(number)}" if number else "0"


RESULTS: dict[str, Outcome] = {
    "recv": _received,
    "read": _received,
    "recv_into": _received_into,
    "recvfrom": _received_from,
    "recvmsg": _received_from,
    "recvfrom_into": _received_into_from,
    "recvmsg_into": _count_from,
    "accept": _accepted,
    "connect_ex": _connected,
    "getaddrinfo": _addresses,
    "select": _ready,
    "waitpid": _child,
}
