"""`threading.local` per coroutine, and per thread on threads that carry none.

The attributes live with the coroutine, under the identity of the local object, so they go when either of the two goes.
Those of the main coroutine and of foreign threads live in a native local, which the interpreter clears last of all.
Methods, properties and slots of a subclass stay with the object.
"""

from __future__ import annotations

import _thread
from itertools import count

from ocoro.runtime import originals
from ocoro.runtime.instance import scheduler

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from typing import Any, NoReturn


_foreign: Any = _thread._local()  # loaded before anything is patched: the native one
_numbers = count(1)
_MISSING = object()
_get = object.__getattribute__


class _Identity:
    """Dies with its local object and takes the attributes in all coroutines along."""

    __slots__ = ("args", "key", "kwargs", "number")

    def __init__(self, key: int, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.key, self.args, self.kwargs = key, args, kwargs
        self.number = next(_numbers)  # the key on foreign threads, which nobody cleans up behind us

    def __del__(self) -> None:
        for coroutine in list(scheduler.coroutines):
            if coroutine.locals is not None:
                coroutine.locals.pop(self.key, None)
        _foreign.__dict__.pop(self.number, None)


def attributes_here() -> tuple[dict[Any, dict[str, Any]], bool]:
    """Where the coroutine or thread that asks keeps its attributes, and whether by number."""
    ident = originals.get_ident()
    if ident == scheduler.home and scheduler.current.locals is not None:
        return scheduler.current.locals, False
    if ident in scheduler.deputies:
        _, attributes, by_number = scheduler.deputies[ident]
        return attributes, by_number
    return _foreign.__dict__, True


def _place(identity: _Identity) -> tuple[dict[Any, dict[str, Any]], int]:
    """Where the coroutine or thread that asks keeps the attributes of its local objects, and under which key."""
    if scheduler.at_home() and scheduler.current.locals is not None:
        return scheduler.current.locals, identity.key
    attributes, by_number = attributes_here()
    return attributes, identity.number if by_number else identity.key


def _attributes(local: Local) -> dict[str, Any]:
    """The dictionary of the coroutine or thread that asks, made and initialised at its first use."""
    dictionaries, key = _place(_get(local, "_identity"))
    attributes = dictionaries.get(key)
    if attributes is None:
        attributes = dictionaries[key] = {}
        kind, identity = type(local), _get(local, "_identity")
        if kind.__init__ is not object.__init__:
            try:
                kind.__init__(local, *identity.args, **identity.kwargs)
            except BaseException:
                del dictionaries[key]
                raise
    return attributes


def _of_class(local: Local, name: str) -> Any:
    """What the class has under `name` that goes before the attributes: a data descriptor; else _MISSING."""
    for kind in type(local).__mro__:
        if name in kind.__dict__:
            found = kind.__dict__[name]
            return found if hasattr(type(found), "__set__") or hasattr(type(found), "__delete__") else _MISSING
    return _MISSING


class Local:
    """`threading.local`."""

    __slots__ = ("__weakref__", "_identity")

    def __new__(cls, /, *args: Any, **kwargs: Any) -> Local:
        if (args or kwargs) and cls.__init__ is object.__init__:
            raise TypeError("Initialization arguments are not supported")
        self = object.__new__(cls)
        identity = _Identity(id(self), args, kwargs)
        object.__setattr__(self, "_identity", identity)
        dictionaries, key = _place(identity)
        dictionaries[key] = {}  # this thread's __init__ is about to be called by the interpreter
        return self

    def __getattribute__(self, name: str) -> Any:
        attributes = _attributes(self)
        if name == "__dict__":
            return attributes
        if name in attributes and (type(self) is Local or _of_class(self, name) is _MISSING):
            return attributes[name]
        return _get(self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        attributes = _attributes(self)
        if name == "__dict__":
            raise AttributeError(f"{type(self).__name__!r} object attribute '__dict__' is read-only")
        if type(self) is not Local and _of_class(self, name) is not _MISSING:
            object.__setattr__(self, name, value)
        else:
            attributes[name] = value

    def __delattr__(self, name: str) -> None:
        attributes = _attributes(self)
        if name == "__dict__":
            raise AttributeError(f"{type(self).__name__!r} object attribute '__dict__' is read-only")
        if name in attributes and (type(self) is Local or _of_class(self, name) is _MISSING):
            del attributes[name]
        else:
            object.__delattr__(self, name)

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"cannot pickle '{type(self).__module__}.{type(self).__qualname__}' object")


Local.__module__, Local.__name__, Local.__qualname__ = "_thread", "_local", "_local"
