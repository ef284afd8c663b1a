"""The part of `posix` that forks. From 3.12 on the interpreter warns of a fork while other threads run.

It counts the kernel's threads: those of ours are not to count, and a program whose threads have all ended has one.
"""

from __future__ import annotations

import _warnings
import sys

from ocoro.hooks.imports import lock as import_lock
from ocoro.runtime import originals
from ocoro.runtime.deadlock import has_foreign_threads
from ocoro.runtime.frames import hidden
from ocoro.runtime.instance import scheduler

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from typing import Any


class _OfThreads:
    """The pattern in a filter: this text, for which every start would have to import `re`."""

    @hidden
    def match(self, text: str) -> bool:
        return text.startswith("This process (pid=") and ") is multi-threaded" in text


_unwarned = ("ignore", _OfThreads(), DeprecationWarning, None, 0)


def _forks(name: str) -> Any:
    """A replacement for the function `name`: not while another coroutine holds the import lock."""
    original = getattr(originals, name)

    @hidden
    def function(origin: Any, /) -> Any:
        import_lock.acquire()
        filters = _enter()
        try:
            return original()
        finally:
            _leave(filters)
            import_lock.release()

    function.__doc__ = f"Replaces `os.{name}`."
    return function


def _enter() -> list[Any] | None:
    """Have the warning ignored where the program has no other threads; the filters to clean up."""
    if not scheduler.helping or len(scheduler.coroutines) > 1 or has_foreign_threads():
        return None
    warnings = sys.modules.get("warnings", _warnings)
    filters = getattr(warnings, "filters", None)
    if type(filters) is not list:
        return None
    filters.insert(0, _unwarned)
    return filters


def _leave(filters: list[Any] | None) -> None:
    """In parent and child."""
    if filters is not None and _unwarned in filters:
        filters.remove(_unwarned)


REPLACES = {name: _forks(name) for name in ("fork", "forkpty")}
