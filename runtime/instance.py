"""The one scheduler of this process, made at boot; hooks take it from here when they are loaded."""

from __future__ import annotations

from ocoro.runtime.acceleration import fast
from ocoro.runtime.fds import FdWaits
from ocoro.runtime.poller import Waiters
from ocoro.runtime.records import Records
from ocoro.runtime.scheduler import Scheduler
from ocoro.runtime.switching import Switching
from ocoro.runtime.tally import Site, Tally


def _accelerate() -> bool:
    if fast is None:
        return False
    try:
        fast.begin(scheduler, Switching, FdWaits, Records, Tally, Site, Waiters)
    except ImportError:
        return False
    return True


scheduler = Scheduler()
is_accelerated = _accelerate()  # its common waits are made in C
