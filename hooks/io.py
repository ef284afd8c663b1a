"""`_io`, and by it `io` and `open`: file objects on pipes, terminals, sockets, FIFOs and files of other machines.

A file of this machine is opened as ever and never looked at again. The others may wait, and their layers are made to:

- The raw object stays a `FileIO`; its methods that wait are shadowed in its `__dict__`, where C code looks them up too.
  They wait for the fd before they read or write. (Unbuffered it is a subclass: a shadowing method refers to its object,
  so nobody but the garbage collector would close one that is dropped.)
- A buffered object holds a C lock that belongs to the *thread* while it reads or writes, so a second coroutine would be
  told of a "reentrant call". Coroutines queue up before they enter the C code (`_TURNS`): at every buffered object, as
  a raw object of Python code may wait for anything.
- A text object has no lock and calls the buffered one by its methods. It stays what it is.

How they queue up: `fast_files.c` puts its functions in place of those that the types were made from, and nothing of
that can be seen. Without it the names of the types become subclasses with methods of ours. What `open` makes of a file
of this machine is not of these subclasses, as each of its calls would pay; but they say that it is (`_standing_for`).

When the interpreter shuts down, files are flushed after our modules have been emptied: whatever runs then (`scheduler`
has no home) goes by closures, not by globals.
"""

from __future__ import annotations

import os
import stat
import sys
from _io import BufferedRandom, BufferedReader, BufferedRWPair, BufferedWriter, FileIO, TextIOWrapper
from _io import open as _open
from abc import ABCMeta
from types import MethodType

from ocoro.hooks import os as _os
from ocoro.hooks.acceleration import fast
from ocoro.hooks.regular import is_remote
from ocoro.runtime import originals, signals
from ocoro.runtime.frames import deliver_after_return, guarded, hidden, pending, without_ours
from ocoro.runtime.instance import scheduler
from ocoro.runtime.lock import make_lock
from ocoro.runtime.offload import crowd

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

LEAVES = {
    "FileIO": "of C and immutable: one that the program makes itself, without `open`, holds the thread",
    "TextIOWrapper": "calls the methods of its buffer",
    "open_code": "opens modules, which are regular files",
}

_sealed: list[bool] = []
_open_tally = scheduler.recorder.tally("open")
_PIECE = 65536  # read at once by `readall`: what a pipe holds
_UNSHARED = 2  # references to an object that one other and the call to `getrefcount` refer to
_READING = ("peek", "read", "read1", "readinto", "readinto1", "readline")
_WRITING = ("flush", "write")
_TURNS: dict[type, tuple[tuple[str, ...], ...]] = {  # what takes the C lock; who is in one group keeps others out of it
    BufferedReader: ((*_READING, "seek", "close"),),
    BufferedWriter: ((*_WRITING, "seek", "truncate", "close"),),
    BufferedRandom: ((*_READING, *_WRITING, "seek", "truncate", "close"),),
    BufferedRWPair: (_READING, _WRITING),  # two objects, each with a lock of its own
}
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


class _Turn:
    """Whose turn it is to be inside a buffered object."""

    __slots__ = ("inside", "lock")

    def __init__(self) -> None:
        self.inside: Any = None
        self.lock = make_lock()


def _one_at_a_time(original: Callable[..., Any], group: int) -> Callable[..., Any]:
    """A method of a buffered object that has others wait outside of the C code.

    Who is inside already (a signal handler in the middle of the call) is left to the C lock, which refuses it.
    """
    here, cut, get_ident = scheduler, without_ours, originals.get_ident

    def method(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        me: Any = here.me() if here.home else None
        if me is None and here.home and get_ident() != here.home:
            me = get_ident()
        turn = self._turns[group]
        if me is None or turn.inside == me:
            return original(self, *args, **kwargs)
        try:
            with turn.lock:
                turn.inside = me
                try:
                    return original(self, *args, **kwargs)
                finally:
                    turn.inside = None
        except BaseException as error:
            error.__traceback__ = cut(error.__traceback__)
            raise

    return method


def _closes(kind: Any, look_alike: Callable[[], Any]) -> Callable[..., Any]:
    """`close`, hidden as it warns of an unclosed file where it is called.

    It calls `flush` without the C lock: that of a program's subclass may wait for others, who need their turn for it.
    """
    original, here, prepare, finish = kind.close, scheduler, _before_close, _unshadow

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

    in_turn = hidden(_one_at_a_time(close, 0))

    @hidden
    def close_or_help(self: Any, /) -> None:
        if type(self).flush is look_alike().flush:
            in_turn(self)
        else:
            close(self)

    return close_or_help


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
    if isinstance(raw, FileIO):
        _tell(raw)


def _tell(raw: Any) -> None:
    if not raw.closed and raw.closefd and raw.fileno() in scheduler.fds:
        scheduler.closing(raw.fileno())


def _look_alike(kind: Any, methods: dict[str, Callable[..., Any]], meta: Any = type, **more: Any) -> Any:
    """A subclass of `kind` that is hard to tell from it."""
    represent, reduce = kind.__repr__, kind.__reduce_ex__

    @hidden
    def __repr__(self: Any) -> str:
        text: str = represent(self)
        return "<_io." + text.removeprefix("<").removeprefix("_io.") if type(self) is made else text

    @hidden
    def __reduce_ex__(self: Any, protocol: Any, /) -> Any:
        if type(self) is not made:
            return reduce(self, protocol)
        reduce(kind.__new__(kind), protocol)  # refuses
        raise TypeError(f"cannot pickle {kind.__name__!r} object")

    @hidden
    def __dir__(self: Any) -> list[str]:
        return [*{*dir(kind), *vars(self)}] if type(self) is made else list(object.__dir__(self))

    for name, method in methods.items():
        original = getattr(kind, name)
        method.__name__, method.__qualname__, method.__doc__ = name, original.__qualname__, original.__doc__
    body = {"__module__": kind.__module__, "__doc__": kind.__doc__, "__slots__": ()}
    own = {"__repr__": __repr__, "__reduce_ex__": __reduce_ex__, "__dir__": __dir__}
    made = meta(kind.__name__, (kind,), body | methods | own | more)
    return made


def _standing_for(kind: Any) -> Any:
    """A metaclass. The first class made by it takes the objects of `kind` for its own, and `kind` for its equal.

    Once it stands there (`_sealed`) it can be changed no more than `kind` can.
    """
    first: list[Any] = []

    class standing(ABCMeta):
        @hidden
        def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any], /, **kwargs: Any) -> Any:
            made = ABCMeta.__new__(cls, name, bases, body, **kwargs)
            if not first:
                first.append(made)
            return made

        @hidden
        def __instancecheck__(cls, instance: Any) -> bool:
            return isinstance(instance, kind) if cls is first[0] else ABCMeta.__instancecheck__(cls, instance)

        @hidden
        def __subclasscheck__(cls, subclass: type) -> bool:
            return issubclass(subclass, kind) if cls is first[0] else ABCMeta.__subclasscheck__(cls, subclass)

        @hidden
        def __eq__(cls, other: object) -> bool:
            return cls is other or (cls is first[0] and other is kind)

        @hidden
        def __hash__(cls) -> int:
            return hash(kind) if first and cls is first[0] else type.__hash__(cls)

        @hidden
        def __setattr__(cls, name: str, value: Any) -> None:
            ABCMeta.__setattr__(kind if _sealed and cls is first[0] else cls, name, value)

    standing.__name__ = standing.__qualname__ = "type"
    standing.__module__ = "builtins"
    return standing


def _buffered(kind: Any, groups: tuple[tuple[str, ...], ...]) -> Any:
    @hidden
    def __new__(cls: Any, *args: Any, **kwargs: Any) -> Any:
        self: Any = kind.__new__(cls)
        self._turns = [_Turn() for _ in groups]
        return self

    methods = {
        name: guarded(_one_at_a_time(getattr(kind, name), group), returns_first=True)
        for group, names in enumerate(groups)
        for name in names
    }
    if "close" in methods:
        methods["close"] = _closes(kind, lambda: made)
    made = _look_alike(kind, methods, _standing_for(kind), __new__=__new__, __slots__=("_turns",))
    return made


_BUFFERED = {} if fast else {kind: _buffered(kind, groups) for kind, groups in _TURNS.items()}
_class_of_raw = {"__class__": property(lambda self: FileIO)}
_Raw = _look_alike(FileIO, {**_RAW_METHODS, "close": _closes_raw()}, **_class_of_raw)


def _serve() -> None:
    """Tell the C code what it needs: among that three files by which it sees whether it knows their insides."""
    r, w = os.pipe()
    null = os.devnull
    with (
        BufferedReader(FileIO(null)) as one,
        BufferedWriter(FileIO(w, "w")) as other,
        BufferedReader(_Raw(null)) as third,
    ):
        fast.serve_files(make_lock, _tell, _unshadow, pending, deliver_after_return, (one, other, third))
    originals.close(r)
    signals.inside.append(fast.is_inside)


if fast:
    _serve()


# -- putting them together ---------------------------------------------------------------------------------------------


def suspending(file: Any, newline: Any) -> Any:
    """`file`, which was just opened and may wait, with layers that suspend.

    A raw object that is not a FileIO suspends by itself, as a socket's does.
    """
    if _BUFFERED:
        return _rebuilt(file, newline)
    inner = file.buffer if type(file) is TextIOWrapper else file
    raw = inner.raw if type(inner) in _TURNS else inner
    if type(raw) is FileIO:
        _shadow(raw)
        if inner is not raw:
            fast.may_wait(inner)
    return file


def _rebuilt(file: Any, newline: Any) -> Any:
    if type(file) is TextIOWrapper:
        settings = file.encoding, file.errors, newline, file.line_buffering, file.write_through
        file.__init__(_rebuilt(file.detach(), None), *settings)  # type: ignore[misc]
    elif type(file) in _TURNS:
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


def is_for(module: Any) -> bool:
    """Whether the types here are those of `module`."""
    return module.FileIO is FileIO


def before(module: Any) -> None:
    """The types may be put in place once more, in a copy of the module that has made no new ones."""
    _sealed.clear()


def patched(module: Any) -> None:
    """The standard streams were there before us.

    Where buffers are exchanged, theirs are, unless somebody has got hold of one.
    """
    if fast:
        for kind, groups in _TURNS.items():
            names = tuple(name for group in groups for name in group)
            if kind is not BufferedRWPair:  # it calls the two inside by their methods
                fast.take_turns(getattr(module, kind.__name__), (*names, "__next__") if "read" in names else names)
    _sealed.append(True)
    for stream in (sys.__stdin__, sys.__stdout__, sys.__stderr__):
        if type(stream) is TextIOWrapper and not stream.seekable() and (fast or _is_unshared(stream)):
            suspending(stream, "\n")


def _is_unshared(stream: Any) -> bool:
    return sys.getrefcount(stream.buffer) <= _UNSHARED


REPLACES: dict[str, Any] = {"open": open}
if fast:
    LEAVES |= {
        "BufferedReader": "coroutines take turns at its methods (`fast_files.c`); its raw object waits",
        "BufferedWriter": "the same",
        "BufferedRandom": "the same",
        "BufferedRWPair": "made of the first two",
    }
else:
    REPLACES |= {kind.__name__: look_alike for kind, look_alike in _BUFFERED.items()}
