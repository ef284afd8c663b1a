"""What a fork does to the runtime: the child keeps the forking coroutine and gets everything else anew."""

from __future__ import annotations

import os

from ocoro.runtime import masks
from ocoro.runtime.instance import scheduler
from ocoro.runtime.offload import crowd, pool
from ocoro.runtime.signals import pausing
from ocoro.runtime.sigwait import waits

_begun = [False]


def begin() -> bool:
    """Register with the interpreter; first of all, so that the callbacks of others find a working runtime.

    False if that was done before.
    """
    if _begun[0]:
        return False
    _begun[0] = True
    os.register_at_fork(after_in_child=_after_in_child)
    return True


def _after_in_child() -> None:
    scheduler.after_fork_in_child()
    masks.after_fork_in_child()
    for coroutine in [each for each in pausing if each is not scheduler.current]:
        del pausing[coroutine]
    waits.clear()
    pool.clear()
    crowd.clear()
