"""`socket`: every blocking method of `socket.socket`.

Each call is tried without waiting, then its coroutine waits for the fd, then it is tried again. Without waiting means:
with MSG_DONTWAIT on a socket without time-out, whose file description may be shared with other processes; on one with
a time-out, which Python keeps non-blocking, with the time-out put aside for the moment, or, quicker, with a plain
read(2) or write(2). `accept` and `connect` know no such flag: for the moment of the call the description is made
non-blocking.

A read that got less than it asked for has most likely emptied the socket, so the next one waits at once; and where a
try has failed, the next few reads save theirs. That is a guess about speed only: an fd is looked at anew for each wait.
"""

from __future__ import annotations

import _socket
import os

from ocoro.hooks.acceleration import fast
from ocoro.hooks.files import would_wait
from ocoro.hooks.resolver import is_numeric, native_getaddrinfo
from ocoro.runtime import originals
from ocoro.runtime.coroutine import NEVER
from ocoro.runtime.fds import kernel_times as _kernel_times
from ocoro.runtime.frames import deliver, guarded, hidden, pending, without_ours
from ocoro.runtime.instance import scheduler
from ocoro.runtime.offload import crowd, pool
from ocoro.runtime.poller import READ, WRITE
from ocoro.runtime.tally import Tally

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from typing import Any

    from ocoro.runtime.poller import Waiters


LEAVES = {
    "socket.shutdown": "does not wait; the kernel wakes those who wait for the socket",
    "socket.makefile": "Python code over recv_into and send; `io.py` has coroutines take turns at its files",
    "socket.sendfile": "Python code over os.sendfile, selectors and send",
    "socket.sendmsg_afalg": "hands data to the kernel's crypto, which does not wait for a peer",
    "create_connection": "Python code over connect",
    "getfqdn": "Python code over gethostbyaddr",
    "send_fds": "Python code over sendmsg",
    "recv_fds": "Python code over recvmsg",
}

_native = _socket.socket
_timeout_of = _native.gettimeout
_settimeout = _native.settimeout
_DONTWAIT = _socket.MSG_DONTWAIT
_PECULIAR = _socket.MSG_DONTWAIT | _socket.MSG_WAITALL
_IN_PROGRESS, _AGAIN, _BAD = 115, 11, 9  # EINPROGRESS, EAGAIN, EBADF
_PATIENCE = 8  # reads that wait at once after a try that failed
_recv, _recv_into, _send = _native.recv, _native.recv_into, _native.send
_wait_readable, _wait_fd, _checkpoint = scheduler.wait_readable, scheduler.wait_fd, scheduler.checkpoint
_monotonic = originals.monotonic
_read_fd, _write_fd, _readv_fd = originals.read, originals.write, os.readv

_tallies = {
    name: scheduler.recorder.tally(name)
    for name in ("accept", "connect", "recv", "recvfrom", "recvmsg", "send", "sendall", "sendto", "sendmsg")
}
_recv_tally, _send_tally, _sendall_tally = _tallies["recv"], _tallies["send"], _tallies["sendall"]
_connect_tally = _tallies["connect"]
IN_C: dict[str, Any] = {}  # filled once the module is there


def _deadline(sock: Any, timeout: float | None, direction: int) -> float:
    """When a wait has to end: by the socket's own time-out, or by SO_RCVTIMEO and SO_SNDTIMEO."""
    if timeout is None:
        if not _kernel_times[0]:
            return NEVER
        option = _socket.SO_RCVTIMEO if direction == READ else _socket.SO_SNDTIMEO
        seconds, microseconds = memoryview(_native.getsockopt(sock, _socket.SOL_SOCKET, option, 16)).cast("q")
        timeout = seconds + microseconds / 1e6 or NEVER
    return _monotonic() + timeout


@hidden
def _when_ready(self: Any, tally: Tally, direction: int, timeout: float | None, attempt: Any, /, *args: Any) -> Any:
    """What `attempt` returns when the socket is ready for it, by its time-out; None on a thread without coroutines."""
    try:
        fd = self.fileno()
        deadline = NEVER if timeout is None and not _kernel_times[0] else _deadline(self, timeout, direction)
        while True:
            try:
                if direction == READ:
                    ready = _wait_readable(tally, fd, scheduler.fds.get(fd), deadline)
                else:
                    ready = _wait_fd(tally, fd, direction, deadline)
            except OSError:
                if not scheduler.heirs or timeout is not None:
                    raise
                return _go_on(self, tally, direction, attempt, *args)
            if ready is None:
                return None
            if not ready and timeout is not None:
                raise TimeoutError("timed out")
            try:
                result = attempt(self, *args)
            except BlockingIOError:
                if timeout is None and _monotonic() >= deadline:
                    raise  # SO_RCVTIMEO, SO_SNDTIMEO: the kernel's own error
            else:
                if pending:
                    deliver()
                return result
    except BaseException as error:
        if isinstance(error, OSError):
            tally.failed()
        error.__traceback__ = without_ours(error.__traceback__)
        if pending:
            deliver()
        raise


def _go_on(self: Any, tally: Tally, direction: int, attempt: Any, /, *args: Any) -> Any:
    """Go on with the wait for a socket that was closed meanwhile, as a call does that has begun; called in `except`.

    One with a time-out does not: there python's call is made when the wait is over, and sees that it is closed.
    """
    heir = scheduler.inherit()
    if heir < 0:
        raise
    other = _native(int(self.family), int(self.type), self.proto, heir)
    _settimeout(other, None)
    try:
        while True:
            try:
                return attempt(other, *args)
            except BlockingIOError:
                scheduler.wait_fd(tally, heir, direction)
    finally:
        other.close()


@hidden
def recv_closed(self: Any, bufsize: Any) -> bytes:
    """Go on with the `recv` in C of a socket that was closed meanwhile."""
    data: bytes = _closed_meanwhile(self, _recv_now, bufsize, 0)
    return data


@hidden
def recv_into_closed(self: Any, buffer: Any) -> int:
    """The same of `recv_into`."""
    size: int = _closed_meanwhile(self, _recv_into_now, buffer, 0, 0)
    return size


@guarded
def _closed_meanwhile(self: Any, attempt: Any, *args: Any) -> Any:
    try:
        raise OSError(_BAD, os.strerror(_BAD))
    except OSError:
        try:
            if _timeout_of(self) is not None:
                raise
            result = _go_on(self, _recv_tally, READ, attempt, *args)
        except OSError as error:
            error.__context__ = None
            _recv_tally.failed()
            raise
    _recv_tally.count(_first((result,)))
    return result


def _waits(timeout: float | None) -> bool:
    """Whether a call may wait at all, and is made in a coroutine."""
    return timeout != 0 and scheduler.me() is not None


def _at_once(sock: Any, call: Any, *args: Any) -> Any:
    """One `call` that does not wait: raises BlockingIOError where it would."""
    timeout = _timeout_of(sock)
    _settimeout(sock, 0.0)
    try:
        return call(sock, *args)
    finally:
        if sock.fileno() >= 0:
            _settimeout(sock, timeout)


def _nothing(result: Any) -> int:
    return 0


def _itself(result: Any) -> int:
    size: int = result
    return size


def _first(result: Any) -> int:
    """Of a result that begins with a number of bytes, or with these."""
    size: int = result[0] if isinstance(result[0], int) else len(result[0])
    return size


def _flags(args: tuple[Any, ...], at: int) -> int:
    """The flags among the arguments of a call; `sendto` has its address there when it has no flags."""
    found = args[at] if at < len(args) else 0
    return found if isinstance(found, int) else 0


def _plain(name: str, direction: int, size: Any, flags_at: int = 9) -> Any:
    """A replacement for a method that is not hot: try, wait, try again. `size` tells the bytes from the result.

    `flags_at` is where the flags stand, if any. MSG_WAITALL on a blocking stream can only be had of the kernel.
    """
    original, tally = getattr(_native, name), _tallies[name.partition("_into")[0].lstrip("_")]

    def method(self: Any, /, *args: Any) -> Any:
        _checkpoint()
        timeout = _timeout_of(self)
        peculiar = timeout is None and _flags(args, flags_at) & _PECULIAR
        if not _waits(timeout) or peculiar & _DONTWAIT:
            return original(self, *args)
        if peculiar and direction == READ and self.type == _socket.SOCK_STREAM:
            return tally.call(crowd.call, tally, original, self, *args)
        try:
            result = _at_once(self, original, *args)
        except BlockingIOError:
            pass  # what comes must not have this one as its context
        except OSError:
            tally.failed()
            raise
        else:
            tally.count(size(result))
            return result
        result = _when_ready(self, tally, direction, timeout, _at_once, original, *args)
        tally.count(size(result))
        return result

    return method


# -- receiving ---------------------------------------------------------------------------------------------------------


@hidden
def recv(self: Any, bufsize: Any, flags: Any = 0, /) -> bytes:
    """Replaces `socket.recv`."""
    timeout = _timeout_of(self)
    if timeout == 0 or flags & _PECULIAR:
        return _recv_peculiar(self, bufsize, flags)
    fd = self.fileno()
    waiters = scheduler.fds.get(fd)
    if waiters is None or waiters.patience <= 0:
        _checkpoint()
        try:
            data = _recv(self, bufsize, flags | _DONTWAIT) if timeout is None else _recv_now(self, bufsize, flags)
        except BlockingIOError:
            if waiters is not None:
                waiters.patience = _PATIENCE
        except OSError:
            _recv_tally.failed()
            raise
        else:
            if waiters is not None and len(data) < bufsize:
                waiters.patience = 1
            _recv_tally.count(len(data))
            return data
    elif timeout is None and flags == 0 and not _kernel_times[0]:  # `_recv_waiting` in one piece
        try:
            if _wait_readable(_recv_tally, fd, waiters, NEVER):
                data = _recv(self, bufsize, _DONTWAIT)
                size = len(data)
                if size == bufsize:
                    waiters.patience -= 1
                _recv_tally.count(size)
                if pending:
                    deliver()
                return data
        except BlockingIOError:
            pass
        except BaseException as error:
            if scheduler.heirs and isinstance(error, OSError):
                return _closed_meanwhile(self, _recv_now, bufsize, 0)  # type: ignore[no-any-return]
            _recv_tally.failed()
            error.__traceback__ = without_ours(error.__traceback__)
            if pending:
                deliver()
            raise
    return _recv_waiting(self, bufsize, flags, timeout, waiters)


def _recv_now(self: Any, bufsize: Any, flags: Any) -> bytes:
    if _timeout_of(self) is None:
        return _recv(self, bufsize, flags | _DONTWAIT)
    if flags == 0 and bufsize > 0:
        return _read_fd(self.fileno(), bufsize)
    data: bytes = _at_once(self, _recv, bufsize, flags)
    return data


@hidden
def _recv_waiting(self: Any, bufsize: Any, flags: Any, timeout: float | None, waiters: Waiters | None = None) -> bytes:
    """`recv` of what is most likely not there yet."""
    data: bytes | None = _when_ready(self, _recv_tally, READ, timeout, _recv_now, bufsize, flags)
    if data is None:
        return _recv(self, bufsize, flags)
    if waiters is not None:
        waiters.patience = max(waiters.patience, 1) if len(data) < bufsize else waiters.patience - 1
    _recv_tally.count(len(data))
    return data


@guarded
def _recv_peculiar(self: Any, bufsize: Any, flags: Any) -> bytes:
    """`recv` on a non-blocking socket, with MSG_DONTWAIT, and with MSG_WAITALL, which a try without waiting defeats."""
    _checkpoint()
    timeout = _timeout_of(self)
    if not _waits(timeout) or (timeout is None and flags & _DONTWAIT):
        return _recv(self, bufsize, flags)
    if not _waits_for_all(self, timeout, flags):
        return _recv_waiting(self, bufsize, flags, timeout)
    buffer = bytearray(bufsize)
    return bytes(buffer[: _fill(self, buffer, flags)])


def _waits_for_all(self: Any, timeout: float | None, flags: Any) -> bool:
    """Whether MSG_WAITALL has its effect: on a blocking stream; one with a time-out does not block in the kernel."""
    return timeout is None and bool(flags & _socket.MSG_WAITALL) and self.type == _socket.SOCK_STREAM


def _fill(self: Any, buffer: Any, flags: Any) -> int:
    """Receive until `buffer` is full or there is no more; returns the number of bytes."""
    got = 0
    with memoryview(buffer) as view, view.cast("B") as octets:
        while got < len(octets):
            size = recv_into(self, octets[got:], 0, flags & ~_socket.MSG_WAITALL)
            got += size
            if not size:
                break
    return got


@hidden
def recv_into(self: Any, buffer: Any, nbytes: Any = 0, flags: Any = 0) -> int:
    """Replaces `socket.recv_into`."""
    timeout = _timeout_of(self)
    if timeout == 0 or flags & _PECULIAR:
        return _recv_into_peculiar(self, buffer, nbytes, flags)
    waiters = scheduler.fds.get(self.fileno())
    if waiters is None or waiters.patience <= 0:
        _checkpoint()
        try:
            size = _recv_into_now(self, buffer, nbytes, flags)
        except BlockingIOError:
            if waiters is not None:
                waiters.patience = _PATIENCE
        except OSError:
            _recv_tally.failed()
            raise
        else:
            if waiters is not None and size < (nbytes or memoryview(buffer).nbytes):
                waiters.patience = 1
            _recv_tally.count(size)
            return size
    return _recv_into_waiting(self, buffer, nbytes, flags, timeout, waiters)


def _recv_into_now(self: Any, buffer: Any, nbytes: Any, flags: Any) -> int:
    if _timeout_of(self) is None:
        return _recv_into(self, buffer, nbytes, flags | _DONTWAIT)
    if flags == 0 and nbytes == 0:
        return _readv_fd(self.fileno(), (buffer,))
    size: int = _at_once(self, _recv_into, buffer, nbytes, flags)
    return size


@hidden
def _recv_into_waiting(
    self: Any, buffer: Any, nbytes: Any, flags: Any, timeout: float | None, waiters: Waiters | None = None
) -> int:
    size: int | None = _when_ready(self, _recv_tally, READ, timeout, _recv_into_now, buffer, nbytes, flags)
    if size is None:
        return _recv_into(self, buffer, nbytes, flags)
    if waiters is not None:
        emptied = size < (nbytes or memoryview(buffer).nbytes)
        waiters.patience = max(waiters.patience, 1) if emptied else waiters.patience - 1
    _recv_tally.count(size)
    return size


@guarded
def _recv_into_peculiar(self: Any, buffer: Any, nbytes: Any, flags: Any) -> int:
    _checkpoint()
    timeout = _timeout_of(self)
    if not _waits(timeout) or (timeout is None and flags & _DONTWAIT):
        return _recv_into(self, buffer, nbytes, flags)
    if not _waits_for_all(self, timeout, flags):
        return _recv_into_waiting(self, buffer, nbytes, flags, timeout)
    with memoryview(buffer) as view, view.cast("B") as octets:
        return _fill(self, octets[:nbytes] if nbytes else octets, flags)


_recvfrom_into = _plain("recvfrom_into", READ, _first, 2)


def recvfrom_into(self: Any, buffer: Any, nbytes: Any = 0, flags: Any = 0) -> tuple[int, Any]:
    """Replaces `socket.recvfrom_into`, which takes its arguments by name, too."""
    result: tuple[int, Any] = _recvfrom_into(self, buffer, nbytes, flags)
    return result


# -- sending -----------------------------------------------------------------------------------------------------------


def _send_now(self: Any, data: Any, flags: Any) -> int:
    timeout = _timeout_of(self)
    if timeout is None:
        return _send(self, data, flags | _DONTWAIT)
    if flags == 0:
        return _write_fd(self.fileno(), data)
    size: int = _at_once(self, _send, data, flags)
    return size


@hidden
def send(self: Any, data: Any, flags: Any = 0, /) -> int:
    """Replaces `socket.send`."""
    _checkpoint()
    timeout = _timeout_of(self)
    if timeout == 0 or (flags & _DONTWAIT and timeout is None):
        return _send(self, data, flags)
    try:
        size = _send(self, data, flags | _DONTWAIT) if timeout is None else _send_now(self, data, flags)
        _send_tally.count(size)
        return size
    except BlockingIOError:
        pass
    except OSError:
        _send_tally.failed()
        raise
    return _send_waiting(self, data, flags, timeout)


@guarded
def _send_waiting(self: Any, data: Any, flags: Any, timeout: float | None) -> int:
    if scheduler.me() is None:
        return _send(self, data, flags)
    size: int = _when_ready(self, _send_tally, WRITE, timeout, _send_now, data, flags)
    _send_tally.count(size)
    return size


@hidden
def sendall(self: Any, data: Any, flags: Any = 0, /) -> None:
    """Replaces `socket.sendall`. The time-out is for the whole of it."""
    _checkpoint()
    timeout = _timeout_of(self)
    if timeout == 0 or (flags & _DONTWAIT and timeout is None):
        return _native.sendall(self, data, flags)
    try:
        sent = _send(self, data, flags | _DONTWAIT) if timeout is None else _send_now(self, data, flags)
    except BlockingIOError:
        sent = 0
    except OSError:
        _sendall_tally.failed()
        raise
    if type(data) is bytes and sent == len(data):
        _sendall_tally.count(sent)
        return None
    return _send_rest(self, data, flags, sent, timeout)


@hidden
def _send_rest_of(self: Any, data: Any, sent: int) -> None:
    _send_rest(self, data, 0, sent, _timeout_of(self))


@guarded
def _send_rest(self: Any, data: Any, flags: Any, sent: int, timeout: float | None) -> None:
    with memoryview(data) as view, view.cast("B") as octets:
        if sent >= len(octets):
            _sendall_tally.count(sent)
            return
        if scheduler.me() is None:
            _native.sendall(self, octets[sent:], flags)
            return
        deadline = _deadline(self, timeout, WRITE)
        try:
            _send_in_pieces(self, octets, flags, sent, timeout, deadline)
        except OSError:
            _sendall_tally.failed()
            raise
        _sendall_tally.count(len(octets))


def _send_in_pieces(self: Any, octets: Any, flags: Any, sent: int, timeout: float | None, deadline: float) -> None:
    while sent < len(octets):
        if not scheduler.wait_fd(_sendall_tally, self.fileno(), WRITE, deadline):
            if timeout is not None:
                raise TimeoutError("timed out")
            sent += _send_now(self, octets[sent:], flags)  # SO_SNDTIMEO: the kernel's own error
        try:
            sent += _send_now(self, octets[sent:], flags)
        except BlockingIOError:
            continue


# -- connections -------------------------------------------------------------------------------------------------------


def _connect(self: Any, address: Any) -> bool:
    """Connect, and raise what `socket.connect` raises; False if a real thread has to, as somebody's backlog is full."""
    timeout = _timeout_of(self)
    try:
        _at_once(self, _native.connect, address)
        return True
    except BlockingIOError as error:
        number = error.errno
    fd = self.fileno()
    if number != _IN_PROGRESS:  # a unix socket's listener is busy
        return False
    deadline = _deadline(self, timeout, WRITE)

    # Loopback has answered by now. What else answers is asked for the outcome in the way of the original: a call that
    # blocks goes on in the kernel, which takes back what has failed; one with a time-out looks at the socket's error.
    while True:
        if would_wait(fd, WRITE) and not scheduler.wait_fd(_connect_tally, fd, WRITE, deadline):
            if timeout is not None:
                raise TimeoutError("timed out")
            raise OSError(number, os.strerror(number))  # SO_SNDTIMEO
        if timeout is not None:
            break
        try:
            _at_once(self, _native.connect, address)
        except BlockingIOError:
            continue
        return True
    number = self.getsockopt(_socket.SOL_SOCKET, _socket.SO_ERROR)
    if number:
        raise OSError(number, os.strerror(number))
    return True


def _resolved(self: Any, address: Any) -> Any:
    """`address` with its host looked up, as connect(2) itself cannot, and the C code would do on this thread."""
    if (
        self.family not in (_socket.AF_INET, _socket.AF_INET6)
        or not isinstance(address, tuple)
        or len(address) < 2
        or not isinstance(address[1], int)
        or is_numeric(address[0])
        or address[0] == "<broadcast>"
    ):
        return address
    infos = _connect_tally.call(
        pool.call, _connect_tally, native_getaddrinfo, address[0], None, int(self.family), int(_socket.SOCK_DGRAM)
    )
    return (infos[0][4][0], *address[1:])


def connect(self: Any, address: Any, /) -> None:
    """Replaces `socket.connect`."""
    _checkpoint()
    if not _waits(_timeout_of(self)):
        return _native.connect(self, address)
    address = _resolved(self, address)
    try:
        is_done = _connect(self, address)
    except OSError:
        _connect_tally.failed()
        raise
    if not is_done:
        _connect_tally.call(crowd.call, _connect_tally, _native.connect, self, address)
    _connect_tally.count()


def connect_ex(self: Any, address: Any, /) -> int:
    """Replaces `socket.connect_ex`."""
    if not _waits(_timeout_of(self)):
        _checkpoint()
        return _native.connect_ex(self, address)
    try:
        connect(self, address)
    except TimeoutError as error:
        return error.errno or _AGAIN
    except OSError as error:
        if error.errno is None or isinstance(error, _socket.gaierror):
            raise
        return error.errno
    except (TypeError, OverflowError):
        return _native.connect_ex(self, address)  # the same, in its own words
    return 0


def setsockopt(self: Any, level: Any, option: Any, value: Any, *optlen: Any) -> None:
    """Replaces `socket.setsockopt`: the kernel's time-outs hold for a suspended call too."""
    _native.setsockopt(self, level, option, value, *optlen)
    if level == _socket.SOL_SOCKET and option in (_socket.SO_RCVTIMEO, _socket.SO_SNDTIMEO):
        _kernel_times[0] = True


def _real_close(self: Any, _ss: Any = _native) -> None:
    """Replaces `socket._real_close`: who waits for the socket is told."""
    fd = self.fileno()
    if fd in scheduler.fds:
        scheduler.closing(fd)
    _ss.close(self)


def is_for(module: Any) -> bool:
    """Whether `module` is over the type of sockets that is called here."""
    return issubclass(module.socket, _native)


def before(module: Any) -> None:
    """Make the methods in C for this copy of the class."""
    if fast is not None:
        IN_C.update(_in_c(module.socket))


REPLACES: dict[str, Any] = {
    "socket.recv": recv,
    "socket.recv_into": recv_into,
    "socket.recvfrom": _plain("recvfrom", READ, _first, 1),
    "socket.recvfrom_into": recvfrom_into,
    "socket.recvmsg": _plain("recvmsg", READ, _first, 2),
    "socket.recvmsg_into": _plain("recvmsg_into", READ, _first, 2),
    "socket.send": send,
    "socket.sendall": sendall,
    "socket.sendto": _plain("sendto", WRITE, _itself, 1),
    "socket.sendmsg": _plain("sendmsg", WRITE, _itself, 2),
    "socket._accept": _plain("_accept", READ, _nothing),
    "socket.connect": connect,
    "socket.connect_ex": connect_ex,
    "socket.setsockopt": setsockopt,
    "socket._real_close": _real_close,
}


def _in_c(kind: type) -> dict[str, Any]:
    """The methods of `kind` that are called most, in C, if sockets are what the C code takes them for."""
    tallies = _recv_tally, _send_tally, _sendall_tally
    functions = recv, recv_into, send, sendall, _send_rest_of, recv_closed, recv_into_closed
    sample = _native(_socket.AF_UNIX)
    try:
        _settimeout(sample, 1.5)
        fd, family = sample.fileno(), int(sample.family)
        methods = fast.socket_methods(kind, sample, fd, family, tallies, functions, _kernel_times)
    finally:
        sample.close()
    return {f"socket.{name}": method for name, method in methods.items()}
