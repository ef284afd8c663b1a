"""`threading.local` per coroutine, and per thread on threads that carry none.

The attributes belong to the local object, under the identity of the coroutine or thread; so they go with the object,
and with a cycle that it is part of. Each coroutine has a `Holder`, which takes its attributes away when it ends. The
main coroutine's and a foreign thread's live in a native local, which the interpreter clears last of all.
Methods, properties and slots of a subclass stay with the object.
"""

from __future__ import annotations

import _thread
from _weakref import ref

from ocoro.runtime import originals
from ocoro.runtime.instance import scheduler

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from typing import Any, NoReturn


_native: Any = _thread._local()  # loaded before anything is patched: the native one
_native_ident = originals.get_ident
_MISSING = object()
_get = object.__getattribute__


class _Identity:
    """What a local object was made with, and its attributes by `get_ident()`."""

    __slots__ = ("__weakref__", "args", "attributes", "kwargs")

    def __init__(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.args, self.kwargs = args, kwargs
        self.attributes: dict[int, dict[str, Any]] = {}


class Holder:
    """The local objects that one coroutine or thread has attributes in."""

    __slots__ = ("_ident", "_identities")

    def __init__(self, ident: int) -> None:
        self._ident = ident
        self._identities: set[ref[_Identity]] = set()

    def hold(self, identity: _Identity) -> dict[str, Any]:
        """Make the attributes in one more local object."""
        self._identities.add(ref(identity, self._identities.discard))
        attributes = identity.attributes[self._ident] = {}
        return attributes

    def clear(self) -> None:
        """The coroutine or thread has ended."""
        while self._identities:
            identity = self._identities.pop()()
            if identity is not None:
                identity.attributes.pop(self._ident, None)

    __del__ = clear


def holder() -> Holder:
    """Of the coroutine or thread that asks."""
    native = _native_ident()
    if native in scheduler.deputies:
        found: Holder = scheduler.deputies[native][1]
        return found
    coroutine = scheduler.current
    if native == scheduler.home and coroutine.ident != native:
        if coroutine.locals is None:
            coroutine.locals = Holder(coroutine.ident)
        return coroutine.locals
    found = _native.__dict__.get("holder") or _native.__dict__.setdefault("holder", Holder(native))
    return found


def _attributes(local: Local) -> dict[str, Any]:
    """The dictionary of the coroutine or thread that asks, made and initialised at its first use."""
    identity: _Identity = _get(local, "_identity")
    ident = _native_ident()
    if ident == scheduler.home:
        ident = scheduler.current.ident
    elif ident in scheduler.deputies:
        ident = scheduler.deputies[ident][0].ident
    attributes = identity.attributes.get(ident)
    if attributes is None:
        attributes = holder().hold(identity)
        kind = type(local)
        if kind.__init__ is not object.__init__:
            try:
                kind.__init__(local, *identity.args, **identity.kwargs)
            except BaseException:
                del identity.attributes[ident]
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
        identity = _Identity(args, kwargs)
        object.__setattr__(self, "_identity", identity)
        holder().hold(identity)  # this thread's __init__ is about to be called by the interpreter
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
