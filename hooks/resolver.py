"""`_socket`: name resolution, which only the C library can do, and only blocking. It is offloaded to a real thread.
Besides, `close`.

`socket` takes these functions from here. Numeric addresses are resolved on the spot, they need no look-up.
"""

from __future__ import annotations

import _socket

from ocoro.runtime.instance import scheduler
from ocoro.runtime.offload import pool

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from typing import Any


LEAVES = {
    "socket": "its methods are replaced in the subclass, `socket.socket`; a bare `_socket.socket` is left to itself",
    "getservbyname": "reads a local file",
    "getservbyport": "reads a local file",
    "getprotobyname": "reads a local file",
    "if_nameindex": "asks the kernel, which does not wait",
    "gethostname": "asks the kernel, which does not wait",
}

_tally = scheduler.recorder.tally("resolve")
native_getaddrinfo = _socket.getaddrinfo
_gethostbyname = _socket.gethostbyname
_gethostbyname_ex = _socket.gethostbyname_ex
_gethostbyaddr = _socket.gethostbyaddr
_getnameinfo = _socket.getnameinfo
_close = _socket.close


def is_numeric(host: Any) -> bool:
    """Whether `host` is an address already, or nothing that could be looked up."""
    if not isinstance(host, str) or not host:
        return True
    for family in (_socket.AF_INET, _socket.AF_INET6):
        try:
            _socket.inet_pton(family, host)
        except (OSError, ValueError):
            continue
        return True
    return False


def getaddrinfo(
    origin: Any, host: Any, port: Any, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0
) -> list[Any]:
    """Replaces `_socket.getaddrinfo`."""
    if is_numeric(host):
        return native_getaddrinfo(host, port, family, type, proto, flags)
    infos: list[Any] = _tally.call(pool.call, _tally, native_getaddrinfo, host, port, family, type, proto, flags)
    return infos


def gethostbyname(origin: Any, host: Any, /) -> str:
    """Replaces `_socket.gethostbyname`."""
    if is_numeric(host):
        return _gethostbyname(host)
    address: str = _tally.call(pool.call, _tally, _gethostbyname, host)
    return address


def gethostbyname_ex(origin: Any, host: Any, /) -> Any:
    """Replaces `_socket.gethostbyname_ex`."""
    return _tally.call(pool.call, _tally, _gethostbyname_ex, host)


def gethostbyaddr(origin: Any, address: Any, /) -> Any:
    """Replaces `_socket.gethostbyaddr`."""
    return _tally.call(pool.call, _tally, _gethostbyaddr, address)


def getnameinfo(origin: Any, address: Any, flags: Any, /) -> Any:
    """Replaces `_socket.getnameinfo`."""
    return _tally.call(pool.call, _tally, _getnameinfo, address, flags)


def close(origin: Any, fd: Any, /) -> None:
    """Replaces `_socket.close`: who waits for the fd is told."""
    if fd in scheduler.fds:
        scheduler.closing(fd)
    _close(fd)


def is_for(module: Any) -> bool:
    """Whether the types and exceptions here are those of `module`."""
    return module.gaierror is _socket.gaierror


REPLACES = {
    "close": close,
    "getaddrinfo": getaddrinfo,
    "gethostbyname": gethostbyname,
    "gethostbyname_ex": gethostbyname_ex,
    "gethostbyaddr": gethostbyaddr,
    "getnameinfo": getnameinfo,
}
