"""`_sqlite3`, and by it `sqlite3`: a real thread that passes for the caller makes the calls that wait or take long.

`Connection` and `Cursor` are types that cannot be changed, so classes of the same name derived from them take their
place. SQLite's own callbacks into the program (functions, collations, adapters, row factories) run in that thread, too.

The check that a connection is used in the thread that made it goes by coroutine, so it is ours. Of several coroutines
that share a connection one at a time is in a call, as SQLite itself would have it, which would hold the home thread.

To hand over a row takes a hundred times as long as to fetch it, so single rows are fetched on the home thread as long
as that is quick. A program that has no other coroutine does everything there.
"""

from __future__ import annotations

import _sqlite3

from ocoro.runtime.frames import guarded, hidden
from ocoro.runtime.instance import scheduler
from ocoro.runtime.lock import RLock
from ocoro.runtime.offload import crowd
from ocoro.runtime.switching import monotonic

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from typing import Any


LEAVES = {
    "Blob": "its type cannot be derived from; it reads and writes on the thread, in any thread",
    "Connection.__init__": "opens the file and no more; it is read with the first statement",
}

_native: Any = _sqlite3
_NativeConnection, _NativeCursor = _native.Connection, _native.Cursor
_connect, _adapt = _native.connect, _native.adapt
_tally = scheduler.recorder.tally("sqlite")
_DETECT, _CHECK, _FACTORY = 2, 4, 5  # places of detect_types, check_same_thread and factory among the arguments
_SLOW = 0.001  # seconds; a step that takes longer is made in a worker the next time
_PLAIN = frozenset([int, float, str, bytes, bytearray, memoryview, bool, type(None)])
_WRONG_THREAD = (
    "SQLite objects created in a thread can only be used in that same thread. "
    "The object was created in thread id {} and this is thread id {}."
)


@hidden
def _within(connection: Any, function: Any, *args: Any, **kwargs: Any) -> Any:
    """Call a method that does not wait, when nobody else is in a call on this connection."""
    turn = _turn_of(connection)
    if turn is None:
        return function(*args, **kwargs)
    return _in_turn(turn, function, *args, **kwargs)


@guarded
def _in_turn(turn: RLock, function: Any, *args: Any, **kwargs: Any) -> Any:
    with turn:
        return function(*args, **kwargs)


@hidden
def _in_worker(connection: Any, function: Any, *args: Any, **kwargs: Any) -> Any:
    """Call a method that may wait or take long."""
    turn = _turn_of(connection)
    if turn is None:
        return function(*args, **kwargs)
    return _in_worker_in_turn(turn, function, *args, **kwargs)


@guarded
def _in_worker_in_turn(turn: RLock, function: Any, *args: Any, **kwargs: Any) -> Any:
    with turn:
        return _tally.call(crowd.call_as_caller, _tally, function, *args, **kwargs)


@hidden
def _step(cursor: Any, function: Any) -> Any:
    """Fetch one row: here, unless the one before took long."""
    turn = _turn_of(_connection_of(cursor))
    if turn is None:
        return function(cursor)
    if _is_slow(cursor):
        return _timed(cursor, _in_worker, _connection_of(cursor), function, cursor)
    with turn:
        return _timed(cursor, function, cursor)


@hidden
def _timed(cursor: Any, function: Any, *args: Any) -> Any:
    begin = monotonic()
    row = function(*args)
    if monotonic() - begin > _SLOW or _is_slow(cursor):
        _note_step(cursor, monotonic() - begin)
    return row


def _note_step(cursor: Any, seconds: float) -> None:
    _set_slow(cursor, seconds > _SLOW)


@hidden
def _rows(cursor: Any, function: Any, *args: Any, **kwargs: Any) -> Any:
    """Fetch many rows: here, if functions of the program's convert them, between which others may run."""
    turn = _turn_of(_connection_of(cursor))
    if turn is None:
        return function(cursor, *args, **kwargs)
    if not _converts(_connection_of(cursor)):
        return _in_worker(_connection_of(cursor), function, cursor, *args, **kwargs)
    with turn:
        return function(cursor, *args, **kwargs)


@guarded
def _turn_of(connection: Any) -> Any:
    """What is `_checked`; None also where nobody else could be in a call on this connection, or wait for it."""
    turn = _checked(connection)
    return None if len(scheduler.coroutines) == 1 else turn


def _checked(connection: Any) -> Any:
    """Refuse the wrong thread; return what makes the coroutines take turns, None where the original is to complain."""
    try:
        owner, turn = _owner(connection), _turn(connection)
    except (AttributeError, TypeError):  # not initialised, or no connection at all
        return None
    if owner and owner != scheduler.get_ident():
        raise _native.ProgrammingError(_WRONG_THREAD.format(owner, scheduler.get_ident()))
    return turn


@hidden
def _adapted(parameters: Any) -> Any:
    """The parameters as SQLite takes them, as far as the program says how: a warning of it is to name its own line."""
    if type(parameters) is dict:
        for value in parameters.values():
            if type(value) not in _PLAIN:
                return _adapted_values(parameters)
    elif type(parameters) in (tuple, list):
        for value in parameters:
            if type(value) not in _PLAIN:
                return _adapted_items(parameters)
    return parameters


@hidden
def _adapted_items(parameters: Any) -> Any:
    items = []
    for value in parameters:
        if type(value) not in _PLAIN:
            value = _adapt(value, _native.PrepareProtocol, value)
            if (type(value), _native.PrepareProtocol) in _native.adapters:
                return parameters
        items.append(value)
    return items


@hidden
def _adapted_values(parameters: Any) -> Any:
    items = _adapted_items(list(parameters.values()))
    return dict(zip(parameters, items, strict=True))


class Connection(_NativeConnection):  # type: ignore[misc, valid-type]
    """Replaces `sqlite3.Connection`."""

    __slots__ = ("_converts", "_owner", "_turn")

    @hidden
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        check = args[_CHECK] if len(args) > _CHECK else kwargs.get("check_same_thread", True)
        if len(args) > _CHECK:
            args = (*args[:_CHECK], False, *args[_FACTORY:])
        else:
            kwargs["check_same_thread"] = False
        _NativeConnection.__init__(self, *args, **kwargs)
        _set_owner(self, scheduler.get_ident() if check else 0)
        _set_turn(self, RLock())
        _set_converts(self, args[_DETECT] if len(args) > _DETECT else kwargs.get("detect_types"))

    @hidden
    def cursor(self, *args: Any, **kwargs: Any) -> Any:
        """Make a cursor."""
        if not args and not kwargs:
            args = (Cursor,)
        return _within(self, _NativeConnection.cursor, self, *args, **kwargs)

    @hidden
    def execute(self, *args: Any) -> Any:
        """Make a cursor and execute one statement by it."""
        return self.cursor().execute(*args)

    @hidden
    def executemany(self, *args: Any) -> Any:
        """Make a cursor and execute one statement many times by it."""
        return self.cursor().executemany(*args)

    @hidden
    def executescript(self, *args: Any) -> Any:
        """Make a cursor and execute several statements by it."""
        return self.cursor().executescript(*args)


class Cursor(_NativeCursor):  # type: ignore[misc, valid-type]
    """Replaces `sqlite3.Cursor`."""

    __slots__ = ("_slow",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if args and isinstance(args[0], Connection):
            _checked(args[0])
        _NativeCursor.__init__(self, *args, **kwargs)
        _set_slow(self, False)

    @hidden
    def execute(self, *args: Any) -> Any:
        """Execute one statement."""
        if len(args) == 2 and len(scheduler.coroutines) != 1:
            args = (args[0], _adapted(args[1]))
        return _execute(self, _NativeCursor.execute, *args)

    @hidden
    def __next__(self) -> Any:
        return _step(self, _NativeCursor.__next__)

    @hidden
    def fetchone(self) -> Any:
        """Fetch one row."""
        return _step(self, _NativeCursor.fetchone)


@hidden
def _connection_of(cursor: Any) -> Any:
    return getattr(cursor, "connection", None)


def _hide(kind: type, name: str) -> tuple[Any, Any]:
    """Getter and setter of an attribute, which is taken out of its class."""
    place: Any = vars(kind)[name]
    delattr(kind, name)
    return place.__get__, place.__set__


_owner, _set_owner = _hide(Connection, "_owner")
_turn, _set_turn = _hide(Connection, "_turn")
_converts, _set_converts = _hide(Connection, "_converts")
_get_slow, _set_slow = _hide(Cursor, "_slow")


def _is_slow(cursor: Any) -> bool:
    try:
        slow: bool = _get_slow(cursor)
    except AttributeError:
        return False
    return slow


def _of_connection(call: Any, native: Any) -> Any:
    @hidden
    def method(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        return call(self, native, self, *args, **kwargs)

    return method


def _of_cursor(call: Any, native: Any) -> Any:
    @hidden
    def method(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        return call(self, native, *args, **kwargs)

    return method


@hidden
def _close(cursor: Any, function: Any) -> Any:
    return _within(_connection_of(cursor), function, cursor)


@hidden
def _execute(cursor: Any, function: Any, *args: Any) -> Any:
    return _in_worker(_connection_of(cursor), function, cursor, *args)


_WAITING = (
    *("__call__", "__exit__", "backup", "blobopen", "close", "commit", "deserialize", "load_extension", "rollback"),
    "serialize",
)
_QUICK = (
    *("create_aggregate", "create_collation", "create_function", "create_window_function", "enable_load_extension"),
    *("getconfig", "getlimit", "set_authorizer", "set_progress_handler", "set_trace_callback", "setconfig", "setlimit"),
)
for _names, _call in ((_WAITING, _in_worker), (_QUICK, _within)):
    for _name in _names:
        if hasattr(_NativeConnection, _name):
            setattr(Connection, _name, _of_connection(_call, getattr(_NativeConnection, _name)))
_OF_CURSOR = {
    "close": _close,
    "executemany": _execute,
    "executescript": _execute,
    "fetchall": _rows,
    "fetchmany": _rows,
}
for _name, _how in _OF_CURSOR.items():
    setattr(Cursor, _name, _of_cursor(_how, getattr(_NativeCursor, _name)))
for _class in (Connection, Cursor):
    _class.__module__ = "sqlite3"
    for _name in vars(_class).keys() & {"__slots__", "__static_attributes__", "__firstlineno__"}:
        delattr(_class, _name)


def is_for(module: Any) -> bool:
    """Whether the types and exceptions here are those of `module`."""
    return module.Error is _native.Error


@hidden
def connect(origin: Any, /, *args: Any, **kwargs: Any) -> Any:
    """Replaces `sqlite3.connect`."""
    if len(args) <= _FACTORY and "factory" not in kwargs:
        kwargs["factory"] = Connection
    return _connect(*args, **kwargs)


REPLACES = {"Connection": Connection, "Cursor": Cursor, "connect": connect}
