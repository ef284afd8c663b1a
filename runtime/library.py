"""Imports that the program cannot shadow: of ours, which are to find the standard library, greenlet and ourselves.

A program may have modules named like the standard library's, in its script's folder or where PYTHONPATH leads. It gets
its own, as under python, and we get the library's, whoever was first to import one. So ours happen in `apart`.

Nothing is imported here that is not there when an interpreter starts.
"""

import _thread
import os
import sys

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from importlib.machinery import ModuleSpec
    from types import ModuleType, TracebackType

FOLDER = os.path.dirname(os.__file__) + os.sep
OURS = "ocoro"
_OWN = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
_ZIP = "python{}{}.zip".format(*sys.version_info)
_PACKAGES = ("site-packages", "dist-packages")
_NAMES = sys.stdlib_module_names | {"greenlet"}
_path_finder = sys.modules["_frozen_importlib_external"].PathFinder
_FOUND_ANYWHERE = (None, "built-in", "frozen")  # origins
_kept: "dict[str, ModuleType]" = {}  # that we have loaded, and the program has not
_blocks = [0]  # in how many we are
booting = [False]  # whether the program is still to begin
_one_at_a_time = _thread.RLock()  # of the system's threads
given: "list[str]" = []  # `sys.path` before `isolate`


def is_standard(module: object) -> bool:
    """Whether `module` is the standard library's, not one of the program's that happens to have its name."""
    origin = _origin(module)
    return origin in _FOUND_ANYWHERE or _is_in_library(str(origin))


def ordered(path: "Iterable[str]") -> "list[str]":
    """`sys.path` with the standard library first, then the folder we are in, then installed packages."""
    return sorted(path, key=_rank)


class apart:
    """A block in which imports are ours; nobody else should import anything meanwhile.

    Afterwards `sys.modules` is as the program knows it. What it would find itself stays loaded for it; at boot, when
    nobody knows yet what it will find, nothing does.
    """

    def __enter__(self) -> None:
        _blocks[0] += 1
        self._aside = {name: sys.modules.pop(name) for name in list(_shadowing())}
        self._before = set(sys.modules)
        for name, module in _kept.items():
            sys.modules.setdefault(name, module)
        self._shortens = booting[0] and "collections" not in sys.modules
        if self._shortens:  # array wants no more of that package, which is slow to import
            sys.modules["collections.abc"] = sys.modules["_collections_abc"]
        finders = [getattr(each, "__name__", "") for each in sys.meta_path]
        sys.meta_path.insert(finders.index("PathFinder") if "PathFinder" in finders else 0, Finder)

    def __exit__(self, kind: "type[BaseException] | None", error: object, place: "TracebackType | None") -> None:
        _blocks[0] -= 1
        sys.meta_path.remove(Finder)
        if self._shortens:
            del sys.modules["collections.abc"]
        found: dict[str, bool] = {}
        for name in [name for name in sys.modules if name not in self._before]:
            top = name.partition(".")[0]
            if top not in found:
                found[top] = top not in _kept and self._stays(top)
            if not found[top]:
                _kept[name] = sys.modules.pop(name)
        sys.modules.update(self._aside)

    def _stays(self, top: str) -> bool:
        """Whether a module that came to be loaded is one that the program would get, too."""
        if top in (OURS, "encodings"):
            return True
        origin = _origin(sys.modules.get(top))
        if booting[0] or top in self._aside:
            return top in sys.modules and origin in _FOUND_ANYWHERE
        return origin in _FOUND_ANYWHERE or origin == _found(top)


class Finder:
    """A meta path finder: of the standard library's modules and of greenlet, wherever others of their names may be."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> "ModuleSpec | None":
        """What the path finder finds, the standard library first."""
        return _path_finder.find_spec(name, ordered(sys.path)) if name in _NAMES else None


def load(name: str) -> "ModuleType":
    """Import a module of ours, or one of the standard library's whatever the program has of its name; return it."""
    module = sys.modules.get(name)
    if module is not None and not _is_in_the_making(module) and not (name in _NAMES and _is_other(module)):
        return module
    with _one_at_a_time:
        if _blocks[0]:
            __import__(name)
            return sys.modules[name]
        with apart():
            __import__(name)
            return sys.modules[name]


def _is_in_the_making(module: object) -> bool:
    """Whether a thread is importing it just now."""
    return bool(getattr(getattr(module, "__spec__", None), "_initializing", False))


def isolate() -> None:
    """Have this process import from now on what is installed only: it runs a command of ours, not the user's program.

    Neither the current directory nor PYTHONPATH is looked at, but for a folder of installed packages.
    """
    given[:] = sys.path
    outside = {""}
    if not sys.flags.safe_path:
        outside.update(sys.path[:1])
    if not sys.flags.ignore_environment:
        outside.update(map(os.path.abspath, os.environ.get("PYTHONPATH", "").split(os.pathsep)))
    sys.path[:] = ordered(each for each in sys.path if each not in outside or _rank(each) < 3)
    for name in list(_shadowing()):
        del sys.modules[name]


def _rank(folder: str) -> int:
    if _is_in_library(folder + os.sep) or os.path.basename(folder) in ("lib-dynload", _ZIP):
        return 0
    return 1 if folder == _OWN else 2 if os.path.basename(folder) in _PACKAGES else 3


def _is_in_library(path: str) -> bool:
    rest = path.removeprefix(FOLDER)
    return rest != path and not rest.startswith(_PACKAGES)


def _shadowing() -> "Iterator[str]":
    """What is loaded under a name of the standard library's and is not from there, with all below it."""
    tops = {name for name, module in sys.modules.items() if name in sys.stdlib_module_names and _is_other(module)}
    if tops:
        yield from (name for name in sys.modules if name.partition(".")[0] in tops)


def _is_other(module: object) -> bool:
    return getattr(module, "__spec__", None) is None or not is_standard(module)


def _origin(module: object) -> "str | None":
    return getattr(getattr(module, "__spec__", None), "origin", None)


def _found(top: str) -> "str | None":
    """The file that the program's `import` finds."""
    spec = _path_finder.find_spec(top)
    return None if spec is None else spec.origin
