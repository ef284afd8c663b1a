"""`asyncio.events`: the running event loop belongs to the coroutine, as it belongs to the thread.

The interpreter keeps it per operating-system thread, where only C code looks; so every switch puts it aside. The parts
in C exchange all that is kept there (see `runtime.threadstate`). Without them these two functions carry it.
"""

from __future__ import annotations

from ocoro.runtime import threadstate

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from typing import Any


REPLACES: dict[str, Any] = {}
LEAVES = {"BaseEventLoop": "Python code over selectors, which are patched"}


def patched(module: Any) -> None:
    """Carry the running loop along."""
    threadstate.carry("running loop", module._get_running_loop, module._set_running_loop)
