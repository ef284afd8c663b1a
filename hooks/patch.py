"""Puts replacements in place, in the module and class objects that are there, and takes them out again.

A hook file has `REPLACES`, a dict of dotted name inside its module -> replacement. For a built-in function the
replacement is a Python function that takes the `Origin` as its first argument. It is installed as a bound method,
because that is what a built-in function most resembles: it does not bind again when a class holds it, it calls as fast
as a plain function, and by way of its origin it is pickled by name. Methods and classes are installed as they are.

A hook file may have `LEAVES` (name -> why it is left alone), `IN_C` (name -> the same in C) and functions
`before(module)` and `patched(module)`, called before and afterwards.
"""

from __future__ import annotations

import sys
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType

from ocoro.hooks.observe import is_observed, observed
from ocoro.runtime.frames import guarded

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from typing import Any, NoReturn


class Origin:
    """Stands for the patched module, as a built-in function's `__self__` does; pickled as that module."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __reduce__(self) -> tuple[Any, ...]:
        from importlib import import_module

        return import_module, (self.name,)

    def __repr__(self) -> str:
        return f"<module {self.name!r} (built-in)>"


_INHERITED = object()
_CANNOT_BE_CALLED, _MAY_BE_A_BASE = 1 << 7, 1 << 10  # Py_TPFLAGS_DISALLOW_INSTANTIATION, Py_TPFLAGS_BASETYPE
_undo: list[tuple[Any, str, Any]] = []  # owner, name, original
_ours: dict[int, Any] = {}  # id(replacement) -> replacement
_moved: dict[int, tuple[Any, Any]] = {}  # id(original) -> original, replacement


def install(module: ModuleType, hook: ModuleType, without: frozenset[str] = frozenset()) -> None:
    """Patch `module` by the hook file `hook`, except the names in `without` (dotted, with the module's name)."""
    if hasattr(hook, "before"):
        hook.before(module)
    for dotted, replacement in hook.REPLACES.items():
        if f"{module.__name__}.{dotted}" not in without:
            replace(module, dotted, replacement, getattr(hook, "IN_C", {}).get(dotted))
    if hasattr(hook, "patched"):
        hook.patched(module)


def replace(module: ModuleType, dotted: str, replacement: Any, in_c: Any = None) -> None:
    """Put one replacement in place, if there is something of that name that is not ours already.

    `in_c` is the same in C, which is preferred: it has the name and the manners of the original already.
    """
    owner, name = _find(module, dotted)
    if owner is None or not hasattr(owner, name):
        return
    original = vars(owner).get(name) or getattr(owner, name)
    if id(original) in _ours:  # the module was reloaded, and kept what it had
        return
    if in_c is None:
        installed = _dressed(replacement, original, module, dotted)
    elif is_observed(f"{module.__name__}.{dotted}"):
        installed = _dressed(_as_python(in_c, original), original, module, dotted)
    else:
        installed = in_c
    _ours[id(installed)] = installed
    exchange(owner, name, installed)
    if owner is module and callable(original):
        _moved[id(original)] = (original, installed)


def is_installed(value: Any) -> bool:
    """Whether `value`, found in a patched module or class, is a replacement."""
    return _ours.get(id(value)) is value


def replace_method(owner: type, name: str, replacement: Any) -> None:
    """Put a method in place in a class that can be changed and that its module does not name."""
    original = vars(owner)[name]
    if id(original) not in _ours:
        installed = _named_like(original, guarded(replacement))
        _ours[id(installed)] = installed
        exchange(owner, name, installed)


def exchange(owner: Any, name: str, value: Any) -> None:
    """Set an attribute until `restore`."""
    _undo.append((owner, name, vars(owner).get(name, _INHERITED)))
    setattr(owner, name, value)


def _find(module: ModuleType, dotted: str) -> tuple[Any, str]:
    path, _, name = dotted.rpartition(".")
    return (getattr(module, path, None) if path else module), name


def _dressed(replacement: Any, original: Any, module: ModuleType, dotted: str) -> Any:
    """Give `replacement` the name, the doc and the manners of `original`."""
    if isinstance(replacement, type):
        replacement.__doc__ = original.__doc__
        guard_methods(replacement, original)
        refuse_like(replacement, original)
        return replacement
    of_builtin = isinstance(original, BuiltinFunctionType)
    replacement = observed(f"{module.__name__}.{dotted}", replacement, of_builtin)
    replacement = _named_like(original, guarded(replacement))
    if of_builtin:
        return MethodType(replacement, Origin(module.__name__))
    return replacement


def _as_python(in_c: Any, original: Any) -> Any:
    """A Python function that calls `in_c`."""

    def call(*args: Any, **kwargs: Any) -> Any:
        return in_c(*args, **kwargs)

    def call_without_origin(origin: Any, /, *args: Any) -> Any:
        return in_c(*args)

    return call_without_origin if isinstance(original, BuiltinFunctionType) else call


def guard_methods(kind: type, original: Any = None) -> None:
    """Keep the frames of a replacement class out of what the program sees, and give its methods the original's docs."""
    for name, value in list(vars(kind).items()):
        if isinstance(value, FunctionType):
            method = getattr(original, name, None)
            setattr(kind, name, guarded(value) if method is None else _named_like(method, guarded(value)))


def refuse_like(kind: Any, original: type) -> None:
    """Have a replacement class refuse to be called or to be a base class where the C type does."""
    name = f"{kind.__module__}.{kind.__name__}"

    def refuse_call(cls: type, /, *args: object, **kwargs: object) -> NoReturn:
        raise TypeError(f"cannot create '{name}' instances")

    def refuse_subclass(cls: type, /, **kwargs: object) -> NoReturn:
        raise TypeError(f"type '{name}' is not an acceptable base type")

    if original.__flags__ & _CANNOT_BE_CALLED:
        kind.__new__ = staticmethod(guarded(refuse_call))
    if not original.__flags__ & _MAY_BE_A_BASE:
        kind.__init_subclass__ = classmethod(guarded(refuse_subclass))


def _named_like(original: Any, function: Any) -> Any:
    """A copy of `function` that has the name, the doc and the module of `original`."""
    code, names = function.__code__, function.__globals__
    copy = FunctionType(code, names, function.__name__, function.__defaults__, function.__closure__)
    copy.__kwdefaults__ = function.__kwdefaults__
    copy.__module__ = getattr(original, "__module__", None)  # type: ignore[assignment]
    for attribute in ("__name__", "__qualname__", "__doc__"):
        if getattr(original, attribute, None) is not None:
            setattr(copy, attribute, getattr(original, attribute))
    return copy


def rebind() -> None:
    """Replace the originals that already loaded modules took by value (`from time import sleep`), by identity."""
    for module in list(sys.modules.values()):
        if isinstance(module, ModuleType) and not getattr(module, "__name__", "").startswith("ocoro."):
            _rebind_in(module)
            for value in list(vars(module).values()):
                if isinstance(value, type) and value.__module__ == vars(module).get("__name__"):
                    _rebind_in(value)


def _rebind_in(owner: Any) -> None:
    values = list(vars(owner).values())
    if not _moved.keys().isdisjoint(map(id, values)):  # seldom, and there are ten thousand values
        _replace_in(owner)
    for value in values:
        kind = type(value)
        if kind is FunctionType:
            if value.__defaults__ and id(value) not in _moved:
                _rebind_defaults(value)
        elif kind is set:
            _add_to(value)


def _replace_in(owner: Any) -> None:
    for name, value in list(vars(owner).items()):
        moved = _replacement(value)
        if moved is not value:
            try:
                setattr(owner, name, moved)
            except TypeError:
                continue  # a class written in C
            _undo.append((owner, name, value))


def _replacement(value: Any) -> Any:
    """What stands in the place of `value` now; `value` itself if that was not replaced."""
    moved = _moved.get(id(value))
    return moved[1] if moved is not None and moved[0] is value else value


def _rebind_defaults(function: FunctionType) -> None:
    """`def _recv(self, size, read=os.read)`, as multiprocessing has it."""
    before = function.__defaults__ or ()
    after = tuple(map(_replacement, before))
    if any(new is not old for new, old in zip(after, before, strict=True)):
        function.__defaults__ = after
        _undo.append((function, "__defaults__", before))


def _add_to(functions: set[Any]) -> None:
    """`os.supports_fd` and its like are sets of functions; programs ask whether `os.execve` is in."""
    functions.update([_replacement(each) for each in functions])


def restore() -> None:
    """Take every replacement out again, newest first."""
    while _undo:
        owner, name, original = _undo.pop()
        if original is _INHERITED:
            delattr(owner, name)
        else:
            setattr(owner, name, original)
    _moved.clear()
