"""Values in words: fds with what they are, data, addresses, errors. No code of the program is called for it.

Names that may hold anything are escaped, so that a call stays on its line and can be taken apart again.
"""

from __future__ import annotations

import _socket
import errno
import os
import sys

from ocoro.cli.visible import visible

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from typing import Any

MOST = 40  # characters of a value that has no better form
_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\"}
_NAME_ESCAPES = _ESCAPES | {"<": "\\74", ">": "\\76"}
_FAMILIES = {_socket.AF_INET: "", _socket.AF_INET6: "v6"}
_KINDS = {_socket.SOCK_STREAM: "TCP", _socket.SOCK_DGRAM: "UDP"}


def _sockets() -> Any:
    """The module whose types the program's sockets are of, without hooks: the program has loaded it, not we."""
    return sys.modules.get("_socket", _socket)


def fileno(thing: Any) -> int:
    """The number of an fd, a socket or a file, -1 for anything else."""
    if type(thing) is int:
        return thing
    try:
        native = _sockets().socket
        if isinstance(thing, native):
            return int(native.fileno(thing))
        return int(thing.fileno()) if type(thing).__module__ == "_io" else -1
    except (OSError, ValueError):
        return -1


def fd(thing: Any) -> str:
    """An fd with what it is now: `5<TCP 127.0.0.1:5000->127.0.0.1:80>`, `4<pipe:[123]>`, `3</var/log/x>`."""
    number = fileno(thing)
    if number < 0:
        return str(number) if isinstance(thing, (int, _sockets().socket)) else value(thing)
    try:
        file = os.readlink(f"/proc/self/fd/{number}")
    except OSError:
        return str(number)
    return f"{number}<{_socket_name(thing, number) if file.startswith('socket:') else escaped(file, _NAME_ESCAPES)}>"


def _socket_name(thing: Any, number: int) -> str:
    """Protocol and addresses of a socket, of which there may be the number only."""
    native = _sockets().socket
    is_there = isinstance(thing, native)
    sock = thing if is_there else native(fileno=number)
    try:
        return _endpoints(sock)
    except OSError:
        return "socket"
    finally:
        if not is_there:
            native.detach(sock)


def _endpoints(sock: Any) -> str:
    native = _sockets().socket
    family, kind = native.family.__get__(sock), native.type.__get__(sock)
    mine = native.getsockname(sock)
    try:
        peer = native.getpeername(sock)
    except OSError:
        peer = None
    if family == _socket.AF_UNIX:
        return f"UNIX {path(mine or peer)}".rstrip()
    name = _KINDS.get(kind, "socket") + _FAMILIES.get(family, "")
    if family not in _FAMILIES:
        return f"{name} of family {family}"
    if peer is not None:
        return f"{name} {address(mine)}->{address(peer)}"
    return f"{name} {address(mine)}" if mine[1] else name


def path(name: Any) -> str:
    """The path of a unix socket; abstract ones begin with @."""
    data = name if isinstance(name, bytes) else os.fsencode(name or "")
    text = data.decode("latin-1")
    return escaped("@" + text[1:] if text.startswith("\0") else text, _NAME_ESCAPES)


def address(where: Any) -> str:
    """host:port of a tuple; a path in quotes."""
    if is_address(where):
        host = str(where[0])
        return f"[{host}]:{where[1]}" if ":" in host else f"{host}:{where[1]}"
    return f'"{path(where)}"' if type(where) in (str, bytes) else value(where)


def is_address(thing: Any) -> bool:
    """Whether this is an internet address as Python has it."""
    return type(thing) is tuple and 2 <= len(thing) <= 4 and type(thing[0]) is str and type(thing[1]) is int


def quoted(data: Any, most: int) -> str:
    """Bytes in double quotes as C has them, the first `most` of them."""
    try:
        view = memoryview(data).cast("B")
    except TypeError:
        return value(data)
    return f'"{escaped(bytes(view[:most]).decode("latin-1"), _ESCAPES)}"' + ("..." if len(view) > most else "")


def escaped(text: str, escapes: dict[str, str]) -> str:
    """`text` with what cannot be printed as octal numbers, shortened unless a digit follows."""
    result = []
    for letter, following in zip(text, text[1:] + " ", strict=False):
        if " " <= letter <= "~" or letter > "\xff":
            result.append(escapes.get(letter) or visible(letter))
        else:
            octal = f"{ord(letter):03o}" if following in "01234567" else f"{ord(letter):o}"
            result.append(escapes.get(letter, f"\\{octal}"))
    return "".join(result)


def size(data: Any) -> int:
    """Bytes of a buffer; 0 for anything else."""
    try:
        return memoryview(data).nbytes
    except TypeError:
        return 0


def value(thing: Any) -> str:
    """Anything in some forty characters."""
    if is_address(thing):
        return address(thing)
    if isinstance(thing, str):
        text = str.__str__(thing)
        return f'"{escaped(text[:MOST], _ESCAPES)}"' + ("..." if len(text) > MOST else "")
    if isinstance(thing, (bytes, bytearray, memoryview)):
        return quoted(thing, MOST)
    if isinstance(thing, bool) or thing is None or type(thing) is float:
        return repr(thing)
    if isinstance(thing, int):
        return int.__repr__(thing)
    if type(thing) in (tuple, list):
        shown = f"[{' '.join(map(value, thing[:MOST]))}]"
        return shown if len(shown) <= 2 * MOST else f"[{len(thing)} values]"
    return f"({type(thing).__name__})"


def error_name(number: int) -> str:
    """`ECONNREFUSED (Connection refused)`."""
    return f"{errno.errorcode.get(number, number)} ({os.strerror(number)})"


def failure(error: BaseException) -> str:
    """`-1 ECONNREFUSED (Connection refused)`, or the class of another error and what it says."""
    number = error.errno if isinstance(error, OSError) else None
    if isinstance(number, int) and number in errno.errorcode and not isinstance(error, _sockets().gaierror):
        return f"-1 {error_name(number)}"
    texts = [each for each in error.args if type(each) is str]
    return f"{type(error).__name__}: {escaped(texts[-1], _ESCAPES)}" if texts else type(error).__name__
