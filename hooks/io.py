"""`_io`, and by it `io` and `open`: file objects on pipes, terminals, sockets, FIFOs and files of other machines.

A file of this machine is opened as ever and never looked at again. The others may wait, and their layers are made to:

- The raw object stays a `FileIO`; its methods that wait are shadowed in its `__dict__`, where C code looks them up too.
  They wait for the fd before they read or write. (Unbuffered it is a subclass: a shadowing method refers to its object,
  so nobody but the garbage collector would close one that is dropped.)
- A buffered object holds a C lock that belongs to the *thread* while it reads or writes, so a second coroutine would be
  told of a "reentrant call". It becomes a subclass in which coroutines queue up before they enter the C code.
- A text object has no lock and calls the buffered one by its methods. It stays what it is.

When the interpreter shuts down, files are flushed after our modules have been emptied: whatever runs then (`scheduler`
has no home) goes by closures, not by globals.
"""

from __future__ import annotations

import stat
import sys
from _io import BufferedReader, BufferedWriter, FileIO, TextIOWrapper
from types import MethodType

from ocoro.hooks import os as _os
from ocoro.hooks.regular import is_remote
from ocoro.runtime import originals
from ocoro.runtime.frames import guarded, hidden, without_ours
from ocoro.runtime.instance import scheduler
from ocoro.runtime.lock import make_lock
from ocoro.runtime.offload import crowd

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn

LEAVES = {
    "FileIO": "of C and immutable: one that the program makes itself, without `open`, holds the thread",
    "BufferedReader": "the same; over a raw object of Python code it waits as that does",
    "BufferedWriter": "the same",
    "BufferedRandom": "needs a file that can be seeked; one on another machine holds the thread",
    "BufferedRWPair": "Python code's reader and writer wait by themselves",
    "TextIOWrapper": "calls the methods of its buffer",
    "open_code": "opens modules, which are regular files",
}

_open_tally = scheduler.recorder.tally("open")
_PIECE = 65536  # read at once by `readall`: what a pipe holds
_open = originals.open_file
_UNSHARED = 2  # references to an object that one other and the call to `getrefcount` refer to
_RAW_MODES = {"rb": "r", "br": "r", "wb": "w", "bw": "w", "ab": "a", "ba": "a", "rb+": "r+", "r+b": "r+"}


# -- raw: wait for the fd ----------------------------------------------------------------------------------------------


def _reads_into() -> Callable[..., Any]:
    original, here, read = FileIO.readinto, scheduler, _os.readv

    def readinto(self: Any, buffer: Any, /) -> Any:
        if here.home and self.readable() and originals.get_blocking(self.fileno()):
            return read(None, self.fileno(), (buffer,))
        return original(self, buffer)

    return readinto


def _reads_all() -> Callable[..., Any]:
    original, here, read_all = FileIO.readall, scheduler, _read_all

    def readall(self: Any, /) -> Any:
        if here.home and self.readable() and originals.get_blocking(self.fileno()):
            return read_all(self.fileno())
        return original(self)

    return readall


def _read_all(fd: int) -> bytes:
    pieces: list[bytes] = []
    while not pieces or pieces[-1]:
        pieces.append(_os.read(None, fd, _PIECE))
    return b"".join(pieces)


def _reads_some() -> Callable[..., Any]:
    original, here, read_fd = FileIO.read, scheduler, _os.read

    def read(self: Any, size: Any = -1, /) -> Any:
        if size is None or (isinstance(size, int) and size < 0):
            return self.readall()
        if here.home and type(size) is int and self.readable() and originals.get_blocking(self.fileno()):
            return read_fd(None, self.fileno(), size)
        return original(self, size)

    return read


def _writes() -> Callable[..., Any]:
    original, here, write_fd = FileIO.write, scheduler, _os.write

    def write(self: Any, data: Any, /) -> Any:
        if here.home and self.writable() and originals.get_blocking(self.fileno()):
            return write_fd(None, self.fileno(), data)
        return original(self, data)

    return write


def _dressed(name: str, method: Any, original: Any) -> Any:
    method = guarded(method, returns_first=True)  # buffered objects call it
    method.__name__, method.__doc__, method.__module__ = name, original.__doc__, "_io"
    method.__qualname__ = original.__qualname__
    return method


_RAW_METHODS = {
    name: _dressed(name, method, getattr(FileIO, name))
    for name, method in {
        "readinto": _reads_into(),
        "readall": _reads_all(),
        "read": _reads_some(),
        "write": _writes(),
    }.items()
}


def _shadow(raw: Any) -> None:
    """Have the methods of `raw` wait."""
    for name, method in _RAW_METHODS.items():
        setattr(raw, name, MethodType(method, raw))


def _unshadow(raw: Any) -> None:
    """Undo that, as it makes a cycle."""
    for name in _RAW_METHODS:
        vars(raw).pop(name, None)


# -- buffered: one at a time -------------------------------------------------------------------------------------------


def _one_at_a_time(original: Callable[..., Any]) -> Callable[..., Any]:
    """A method of a buffered object that has other coroutines wait outside of the C code.

    Who is inside already (a signal handler in the middle of the call) and foreign threads are left to the C lock.
    """
    here, cut = scheduler, without_ours

    def method(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        me = here.me() if here.home else None
        if me is None or self._inside is me:
            return original(self, *args, **kwargs)
        try:
            with self._turn:
                self._inside = me
                try:
                    return original(self, *args, **kwargs)
                finally:
                    self._inside = None
        except BaseException as error:
            error.__traceback__ = cut(error.__traceback__)
            raise

    return method


def _closes(original: Callable[..., Any]) -> Callable[..., Any]:
    """`close`, hidden as it warns of an unclosed file where it is called."""
    here, prepare, finish = scheduler, _before_close, _unshadow

    @hidden
    def close(self: Any, /) -> None:
        raw = self.raw if here.home else None
        if raw is None:
            original(self)
            return
        prepare(raw)
        try:
            original(self)
        finally:
            finish(raw)

    return close


def _closes_raw() -> Callable[..., Any]:
    original, here, prepare = FileIO.close, scheduler, _before_close

    @hidden
    def close(self: Any, /) -> None:
        if here.home:
            prepare(self)
        original(self)

    return close


def _before_close(raw: Any) -> None:
    """Who waits for the fd is told."""
    if isinstance(raw, FileIO) and not raw.closed and raw.closefd and raw.fileno() in scheduler.fds:
        scheduler.closing(raw.fileno())


def _look_alike(kind: Any, methods: dict[str, Callable[..., Any]], **more: Any) -> Any:
    """A subclass of `kind` that is hard to tell from it: by `type(f)` alone."""
    represent = kind.__repr__

    @hidden
    def __repr__(self: Any) -> str:
        text: str = represent(self)
        return "<_io." + text.removeprefix("<").removeprefix("_io.")

    @hidden
    def __reduce_ex__(self: Any, protocol: Any, /) -> NoReturn:
        kind.__reduce_ex__(kind.__new__(kind), protocol)  # refuses
        raise TypeError(f"cannot pickle {kind.__name__!r} object")

    for name, method in methods.items():
        original = getattr(kind, name)
        method.__name__, method.__qualname__, method.__doc__ = name, original.__qualname__, original.__doc__
    body = {
        "__module__": kind.__module__,
        "__doc__": kind.__doc__,
        "__slots__": (),
        "__class__": property(lambda self: kind),
    }
    return type(kind.__name__, (kind,), body | methods | {"__repr__": __repr__, "__reduce_ex__": __reduce_ex__} | more)


def _buffered(kind: Any, names: str) -> Any:
    @hidden
    def __new__(cls: Any, *args: Any, **kwargs: Any) -> Any:
        self: Any = kind.__new__(cls)
        self._turn, self._inside = make_lock(), None
        return self

    methods = {name: guarded(_one_at_a_time(getattr(kind, name)), returns_first=True) for name in names.split()}
    methods["close"] = hidden(_one_at_a_time(_closes(kind.close)))
    return _look_alike(kind, methods, __new__=__new__, __slots__=("_inside", "_turn"))


_BUFFERED: dict[type, Any] = {
    BufferedReader: _buffered(BufferedReader, "read read1 readinto readinto1 readline peek seek tell truncate detach"),
    BufferedWriter: _buffered(BufferedWriter, "write flush seek tell truncate detach"),
}
_Raw = _look_alike(FileIO, {**_RAW_METHODS, "close": _closes_raw()})


# -- putting them together ---------------------------------------------------------------------------------------------


def suspending(file: Any, newline: Any) -> Any:
    """`file`, which was just opened and may wait, with layers that suspend.

    A raw object that is not a FileIO suspends by itself, as a socket's does.
    """
    if type(file) is TextIOWrapper:
        settings = file.encoding, file.errors, newline, file.line_buffering, file.write_through
        file.__init__(suspending(file.detach(), None), *settings)  # type: ignore[misc]
    elif type(file) in _BUFFERED:
        size = file.__sizeof__() - type(file).__basicsize__
        raw = file.detach()
        if type(raw) is FileIO:
            _shadow(raw)
        return _BUFFERED[type(file)](raw, size)
    elif type(file) is FileIO:
        _shadow(file)
    return file


def _may_wait(file: Any) -> bool:
    try:
        mode = originals.stat(file).st_mode
    except (OSError, TypeError, ValueError):
        return False  # for the original to refuse
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode) or stat.S_ISSOCK(mode)


def _is_raw(file: Any, mode: Any, texts: tuple[Any, ...]) -> bool:
    """Whether a raw object is asked for, rightly, on something that may wait."""
    return type(mode) is str and mode in _RAW_MODES and texts == (None, None, None) and _may_wait(file)


@hidden
def open(
    origin: Any,
    file: Any,
    mode: Any = "r",
    buffering: Any = -1,
    encoding: Any = None,
    errors: Any = None,
    newline: Any = None,
    closefd: Any = True,
    opener: Any = None,
) -> Any:
    """Replaces `open`. Opening a FIFO waits for its other side."""
    try:
        if buffering == 0 and _is_raw(file, mode, (encoding, errors, newline)):
            return _Raw(file, _RAW_MODES[mode], closefd, opener)
        if len(scheduler.coroutines) > 1 and opener is None and not isinstance(file, int) and _os.is_fifo(file):
            opened = _open_tally.call(
                crowd.call, _open_tally, _open, file, mode, buffering, encoding, errors, newline, closefd
            )
        else:
            opened = _open(file, mode, buffering, encoding, errors, newline, closefd, opener)
        if opened.seekable() and not is_remote(opened.fileno()):
            return opened
        return suspending(opened, newline)
    except BaseException as error:
        error.__traceback__ = without_ours(error.__traceback__)
        raise


def patched(module: Any) -> None:
    """The standard streams were there before us. Their buffers are exchanged unless somebody has got hold of one."""
    for stream in (sys.__stdin__, sys.__stdout__, sys.__stderr__):
        if type(stream) is TextIOWrapper and not stream.seekable() and sys.getrefcount(stream.buffer) <= _UNSHARED:
            suspending(stream, "\n")


REPLACES = {"open": open}
