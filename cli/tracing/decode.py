"""A call in words: what it was given and what came of it, in ocoro's manner and in strace's.

Each call has two parts: what is known when it begins, and the rest. One table per manner.
"""

from __future__ import annotations

import errno
import os
import socket as _socket
from typing import Any

NAMELESS = "?"
_native: Any = _socket.socket.__base__  # without hooks


class Plain:
    """ocoro's manner: `recv(5<TCP 10.0.0.1:5000->10.0.0.2:80>, 4096) = 512 "HTTP/1.1 ..."`."""

    def __init__(self, strings: int) -> None:
        self.strings = strings  # bytes of data that are shown
        self._known: dict[int, tuple[Any, str]] = {}  # fd -> its file, what it is

    def begin(self, call: str, args: tuple[Any, ...]) -> str:
        """The call with its arguments, without the result."""
        return f"{call}({', '.join(self._arguments(call, args))})"

    def end(self, call: str, args: tuple[Any, ...], result: Any) -> str:
        """What came of it."""
        if call in ("recv", "read") and isinstance(result, bytes):
            return f" = {len(result)} {quoted(result, self.strings)}"
        if call == "accept" and isinstance(result, tuple):
            return f" = {self.fd(result[0])} {address(result[1])}"
        if call in ("recvfrom", "recvmsg") and isinstance(result, tuple):
            return f" = {len(result[0])} {quoted(result[0], self.strings)} from {address(result[-1])}"
        if call == "getaddrinfo" and isinstance(result, list):
            return f" = {', '.join(sorted({str(each[4][0]) for each in result}))}"
        return "" if result is None else f" = {short(result)}"

    def fail(self, error: BaseException) -> str:
        """The error in its place."""
        return f" = {failure(error)}"

    def fd(self, thing: Any) -> str:
        """An fd with what it is: `5<TCP ...>`, `4<pipe:[123]>`, `3</var/log/x>`."""
        number = fileno(thing)
        if number < 0:
            return str(number)
        file = _link(number)
        known = self._known.get(number)
        if known is None or known[0] != file or (file.startswith("socket:") and "->" not in known[1]):
            known = self._known[number] = (file, self._describe(number, file))
        return f"{number}<{known[1]}>"

    def _describe(self, number: int, file: str) -> str:
        if not file.startswith("socket:"):
            return file or NAMELESS
        try:
            copy = _native(fileno=os.dup(number))
        except OSError:
            return file
        try:
            return _endpoints(copy)
        except OSError:
            return file
        finally:
            copy.close()

    def _arguments(self, call: str, args: tuple[Any, ...]) -> list[str]:
        if not args:
            return []
        if call in ("recv", "recv_into", "recvfrom", "recvfrom_into", "recvmsg", "recvmsg_into", "read", "accept"):
            return [self.fd(args[0]), *map(short, args[1:])]
        if call in ("send", "sendall", "write"):
            return [self.fd(args[0]), quoted(args[1], self.strings), *map(short, args[2:])]
        if call == "sendto":
            return [self.fd(args[0]), quoted(args[1], self.strings), *map(short, args[2:-1]), address(args[-1])]
        if call in ("connect", "connect_ex"):
            return [self.fd(args[0]), *map(address, args[1:])]
        if call in ("close", "sendmsg", "sendfile"):
            return [self.fd(args[0]), *map(short, args[1:])]
        if call == "start_thread":
            return [thread_name(args[0])]
        if call == "select":
            return [*(_fds(fds) for fds in args[:3]), *map(short, args[3:])]
        return list(map(short, args))


class Strace:
    """strace's manner, with the system calls that a thread would have made."""

    def __init__(self, strings: int) -> None:
        self.strings = strings

    def begin(self, call: str, args: tuple[Any, ...]) -> str:
        """What strace prints before the call is made."""
        name, known, _ = self._parts(call, args, None)
        return f"{name}({known}"

    def end(self, call: str, args: tuple[Any, ...], result: Any) -> str:
        """The rest of the arguments, and the result."""
        _, _, rest = self._parts(call, args, result)
        status = str(_size(args[1:2])) if call == "sendall" else self._status(call, result)
        return f"{rest}) = {status}"

    def fail(self, error: BaseException) -> str:
        """The result of a call that failed."""
        number = getattr(error, "errno", None)
        if isinstance(error, TimeoutError) and not number:
            number = errno.ETIMEDOUT
        if not isinstance(number, int):
            return f") = ? {type(error).__name__}"
        return f") = -1 {errno.errorcode.get(number, number)} ({os.strerror(number)})"

    def name(self, call: str) -> str:
        """The system call."""
        return _SYSTEM_CALLS.get(call, call)

    def _status(self, call: str, result: Any) -> str:
        if isinstance(result, bool) or result is None:
            return "0"
        if isinstance(result, int):
            return str(result)
        if isinstance(result, bytes):
            return str(len(result))
        if call == "accept":
            return str(result[0])
        if call == "waitpid":
            return str(result[0])
        if isinstance(result, tuple) and result and isinstance(result[0], bytes):
            return str(len(result[0]))
        if call == "select":
            return str(sum(map(len, result)))
        return "0"

    def _parts(self, call: str, args: tuple[Any, ...], result: Any) -> tuple[str, str, str]:
        """The name, the arguments known at the beginning, and those known at the end."""
        name = self.name(call)
        number = str(fileno(args[0])) if args else ""
        if call in ("recv", "recvfrom", "recv_into", "recvfrom_into"):
            data = result[0] if isinstance(result, tuple) else result
            size = args[1] if len(args) > 1 and isinstance(args[1], int) else _size(args[1:2])
            shown = quoted(data, self.strings) if isinstance(data, bytes) else f'""..., {data}' if data else '""'
            return name, f"{number}, ", f"{shown}, {size}, 0, NULL, NULL"
        if call == "read":
            shown = quoted(result, self.strings) if isinstance(result, bytes) else '""'
            return name, f"{number}, ", f"{shown}, {args[1]}"
        if call in ("send", "sendall", "sendto"):
            whom = f"{sockaddr(args[-1])}, 16" if call == "sendto" else "NULL, 0"
            return name, f"{number}, {quoted(args[1], self.strings)}, {_size(args[1:2])}, 0, {whom}", ""
        if call == "write":
            return name, f"{number}, {quoted(args[1], self.strings)}, {_size(args[1:2])}", ""
        if call == "accept":
            peer = sockaddr(result[1]) if isinstance(result, tuple) else "NULL"
            return name, f"{number}, ", f"{peer}, [16], SOCK_CLOEXEC"
        if call in ("connect", "connect_ex"):
            return name, f"{number}, {sockaddr(args[1])}, 16", ""
        if call == "sleep":
            seconds = float(args[0])
            whole = int(seconds)
            time = f"{{tv_sec={whole}, tv_nsec={round((seconds - whole) * 1e9)}}}"
            return name, f"CLOCK_MONOTONIC, 0, {time}, ", "NULL"
        if call == "start_thread":
            return name, "{flags=CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD}, 88", ""
        if call == "select":
            sets = ", ".join(_fds(fds) or "NULL" for fds in args[:3])
            return name, f"{1 + max((fileno(fd) for fds in args[:3] for fd in fds), default=-1)}, {sets}, NULL", ""
        return name, ", ".join([number, *map(short, args[1:])]) if number != "-1" else short(args[0]), ""


_SYSTEM_CALLS = {
    "recv": "recvfrom",
    "recv_into": "recvfrom",
    "recvfrom_into": "recvfrom",
    "recvmsg_into": "recvmsg",
    "send": "sendto",
    "sendall": "sendto",
    "accept": "accept4",
    "connect_ex": "connect",
    "sleep": "clock_nanosleep",
    "waitpid": "wait4",
    "start_thread": "clone3",
    "lock": "futex",
    "queue": "futex",
    "semaphore": "futex",
    "epoll": "epoll_wait",
}


def fileno(thing: Any) -> int:
    """The number of an fd or of a socket, -1 for anything else."""
    if isinstance(thing, int):
        return thing
    try:
        return int(thing.fileno())
    except Exception:
        return -1


def quoted(data: Any, most: int) -> str:
    """Bytes in double quotes as C has them, the first `most` of them."""
    try:
        view = memoryview(data).cast("B")
    except TypeError:
        return short(data)
    shown = bytes(view[:most]).decode("latin-1")
    text = "".join(_ESCAPES.get(letter, letter if " " <= letter <= "~" else f"\\{ord(letter):o}") for letter in shown)
    return f'"{text}"' + ("..." if len(view) > most else "")


_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\"}


def short(value: Any) -> str:
    """A value in at most some forty characters; code of the program is not asked."""
    if isinstance(value, (bytearray, memoryview)):
        return f"{_size((value,))} bytes"
    if type(value) in (int, float, bool, str, bytes, tuple, list, type(None)):
        text = repr(value)
        return text if len(text) <= 40 else text[:37] + "..."
    if isinstance(value, int):
        return str(int(value))
    return f"<{type(value).__name__}>"


def address(value: Any) -> str:
    """host:port, or the path of a unix socket."""
    if isinstance(value, tuple) and len(value) >= 2:
        host = f"[{value[0]}]" if ":" in str(value[0]) else value[0]
        return f"{host}:{value[1]}"
    return short(value)


def sockaddr(value: Any) -> str:
    """An address as strace writes it."""
    if isinstance(value, tuple) and len(value) == 2:
        return f'{{sa_family=AF_INET, sin_port=htons({value[1]}), sin_addr=inet_addr("{value[0]}")}}'
    if isinstance(value, tuple) and len(value) == 4:
        return f'{{sa_family=AF_INET6, sin6_port=htons({value[1]}), inet_pton(AF_INET6, "{value[0]}")}}'
    if isinstance(value, (str, bytes)):
        return f"{{sa_family=AF_UNIX, sun_path={quoted(os.fsencode(value), 108)}}}"
    return short(value)


def failure(error: BaseException) -> str:
    """`-1 ECONNREFUSED (Connection refused)`, or the class and the words of another error."""
    number = getattr(error, "errno", None)
    if isinstance(error, OSError) and isinstance(number, int) and number in errno.errorcode:
        return f"-1 {errno.errorcode[number]} ({os.strerror(number)})"
    return f"{type(error).__name__}" + (f": {short(error.args[0])}" if error.args else "")


def thread_name(function: Any) -> str:
    """The name of the thread that is to be started, or of its function."""
    owner = getattr(function, "__self__", None)
    return str(getattr(owner, "_name", "") or getattr(function, "__qualname__", "?"))


def _size(args: tuple[Any, ...]) -> int:
    try:
        return memoryview(args[0]).nbytes
    except (TypeError, IndexError):
        return 0


def _fds(fds: Any) -> str:
    try:
        return "[" + " ".join(str(fileno(fd)) for fd in fds) + "]" if fds else "[]"
    except TypeError:
        return "?"


def _link(number: int) -> str:
    try:
        return os.readlink(f"/proc/self/fd/{number}")
    except OSError:
        return ""


def _endpoints(sock: Any) -> str:
    family = {_socket.AF_INET: "", _socket.AF_INET6: "6", _socket.AF_UNIX: "UNIX"}.get(sock.family, str(sock.family))
    kind = {_socket.SOCK_STREAM: "TCP", _socket.SOCK_DGRAM: "UDP"}.get(sock.type, "socket")
    if family == "UNIX":
        return f"UNIX {sock.getsockname() or ''}".rstrip()
    mine = address(sock.getsockname())
    try:
        return f"{kind}{family} {mine}->{address(sock.getpeername())}"
    except OSError:
        return f"{kind}{family} {mine}"
