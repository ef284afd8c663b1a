"""Have a signal handled a little later: when the code that decides so has returned to whoever called it."""

from __future__ import annotations

from _functools import partial
from _operator import call
from _weakref import ref

from ocoro.runtime import originals

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class _Token:
    __slots__ = ("__weakref__",)


def fuse(number: int, *before: Callable[[], None]) -> Any:
    """An object that trips signal `number` inside the interpreter when it is let go, after calling `before`.

    Kept in a local variable, it does so as the function returns, and by C code alone if `before` is: no bytecode of the
    function runs after that, so it is the caller whom the handler interrupts.
    """
    return when_let_go(*before, partial(originals.interrupt_main, number))


def when_let_go(*steps: Callable[[], int | None]) -> Any:
    """An object that calls `steps` when it is let go, up to the first that returns anything but 0 or None."""
    token = _Token()
    return ref(token, partial(next, filter(call, steps))), token  # the last goes first; the default is what `ref` adds
