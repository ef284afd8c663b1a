"""Signal masks: each coroutine blocks the signals that it wants to, as each thread does under python.

The kernel knows one thread, the home thread. It blocks what every coroutine blocks, so a signal that anybody would take
arrives, and one that nobody would take stays pending. A coroutine that waits for signals blocks these meanwhile; main,
which the kernel prefers for every signal, does so for all.

What is sent to one coroutine that blocks it is kept here, as nobody else may see it.
"""

from __future__ import annotations

from ocoro.runtime import originals
from ocoro.runtime.instance import scheduler

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from collections.abc import Iterable

    from ocoro.runtime.coroutine import Coroutine

    Mask = frozenset[int]

SIG_BLOCK, SIG_UNBLOCK, SIG_SETMASK = 0, 1, 2
_NONE: Mask = frozenset()
_UNBLOCKABLE = frozenset([9, 19, 32, 33])  # SIGKILL, SIGSTOP, and two that belong to the C library

_first: list[Mask] = [_NONE]  # the mask that the process started with
_of_home: list[Mask] = [_NONE]  # what the kernel knows
own: dict[int, Mask] = {}  # identity -> mask, of the coroutines that have another one than the first
waiting: dict[int, Mask] = {}  # identity -> the signals it waits for
directed: dict[int, set[int]] = {}  # identity -> signals that were sent to it alone and that it blocks


def begin() -> None:
    """Note what is blocked when the program starts."""
    _first[0] = _of_home[0] = frozenset(originals.pthread_sigmask(SIG_BLOCK, ()))


def mask_of(coroutine: Coroutine) -> Mask:
    """What `coroutine` blocks."""
    return own.get(coroutine.ident, _first[0])


def change(coroutine: Coroutine, how: int, signals: Iterable[int]) -> Mask:
    """What `pthread_sigmask` does in `coroutine`; returns its mask before. Raises what that raises."""
    before, named = mask_of(coroutine), list(signals)
    originals.pthread_sigmask(how, named)  # refuses bad arguments
    _of_home[0] = frozenset(originals.pthread_sigmask(SIG_BLOCK, ()))
    asked = frozenset(map(int, named)) - _UNBLOCKABLE
    own[coroutine.ident] = before | asked if how == SIG_BLOCK else before - asked if how == SIG_UNBLOCK else asked
    apply()
    _deliver(coroutine)
    return before


def inherit(child: Coroutine) -> None:
    """A coroutine begins with the mask of the one that started it."""
    if own and scheduler.at_home() and scheduler.current.ident in own:
        own[child.ident] = own[scheduler.current.ident]


def forget(coroutine: Coroutine) -> None:
    """A coroutine has ended."""
    directed.pop(coroutine.ident, None)
    if own.pop(coroutine.ident, None) is not None:
        apply()


def apply() -> None:
    """Have the home thread block what every coroutine blocks."""
    masks = {mask | waiting.get(ident, _NONE) for ident, mask in own.items()}
    others = [mask for ident, mask in waiting.items() if ident not in own]
    masks.update(_first[0] | mask for mask in others)
    if len(own) + len(others) < len(scheduler.coroutines):
        masks.add(_first[0])
    blocked = frozenset.intersection(*masks) | waiting.get(scheduler.main.ident, _NONE)
    if blocked != _of_home[0]:
        _of_home[0] = blocked
        originals.pthread_sigmask(SIG_SETMASK, blocked)


def keep(coroutine: Coroutine, number: int) -> bool:
    """Keep a signal that was sent to `coroutine` alone, if it blocks that; False: it can have it at once."""
    if number not in mask_of(coroutine) | waiting.get(coroutine.ident, _NONE):
        return False
    directed.setdefault(coroutine.ident, set()).add(int(number))
    return True


def take(coroutine: Coroutine, wanted: Iterable[int]) -> int:
    """One of the signals kept for `coroutine`, the lowest first; 0 if none is wanted."""
    kept = directed.get(coroutine.ident)
    number = int(min(kept.intersection(wanted), default=0)) if kept else 0
    if kept and number:
        kept.discard(number)
    return number


def _deliver(coroutine: Coroutine) -> None:
    """Let the kept signals arrive that are not blocked any more."""
    for number in sorted(directed.get(coroutine.ident, ())):
        if number not in mask_of(coroutine):
            directed[coroutine.ident].discard(number)
            originals.raise_signal(number)


def after_fork_in_child() -> None:
    """The forking coroutine keeps its mask; no signal is pending."""
    mask = own.get(scheduler.current.ident)
    for table in (own, waiting, directed):
        table.clear()
    if mask is not None:
        own[scheduler.current.ident] = mask
    _of_home[0] = frozenset(originals.pthread_sigmask(SIG_BLOCK, ()))
    apply()
