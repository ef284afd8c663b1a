"""Putting priorities into effect."""

from __future__ import annotations

from typing import Any

from ocoro.runtime.instance import scheduler
from ocoro.runtime.ready import Ranked


def heed_priorities() -> None:
    """Have the ready queue heed priorities from now on. On the home thread."""
    queue: Any = scheduler.ready
    inner = getattr(queue, "inner", queue)  # listeners stand before it
    if type(inner) is Ranked:
        return
    if inner is queue:
        scheduler.exchange_ready(Ranked(queue))
    else:
        queue.inner = Ranked(inner)
