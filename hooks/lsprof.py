"""`_lsprof`, and by it `cProfile`: a coroutine's profiler is put aside while others run.

From 3.12 on a profiler is told of all threads, here as there.
"""

from __future__ import annotations

from ocoro.runtime.env import PROFILERS_ARE_OF_THREADS
from ocoro.runtime.switching import profilers

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from typing import Any

LEAVES = {
    "Profiler": "tells of every call that there is, those in the runtime among them",
}
REPLACES: dict[str, Any] = {}


def patched(module: Any) -> None:
    """Be ready for one: nothing may be imported when it is put aside."""
    if PROFILERS_ARE_OF_THREADS:
        from ocoro.runtime.profilers import switches

        profilers[:] = [switches]
