"""Real threads of ours: they are known as such, and no signal of the program's arrives in them."""

from __future__ import annotations

from ocoro.runtime import originals
from ocoro.runtime.instance import scheduler
from ocoro.runtime.masks import SIG_SETMASK

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from collections.abc import Callable

_FAULTS = frozenset([4, 5, 6, 7, 8, 11, 31])  # SIGILL, TRAP, ABRT, BUS, FPE, SEGV, SYS: of the thread that is at fault
EVERYTHING = frozenset(originals.valid_signals()) - _FAULTS


def start(function: Callable[[], None]) -> None:
    """Call `function` in a real thread that blocks all signals. RuntimeError when there is no thread to be had."""

    token = object()

    def run() -> None:
        me = originals.get_ident()
        scheduler.helpers.add(me)
        try:
            function()
        finally:
            scheduler.helpers.discard(me)
            scheduler.helping.discard(token)

    scheduler.helping.add(token)
    before = originals.pthread_sigmask(SIG_SETMASK, EVERYTHING)
    try:
        originals.start_new_thread(run, ())
    except BaseException:
        scheduler.helping.discard(token)
        raise
    finally:
        originals.pthread_sigmask(SIG_SETMASK, before)
