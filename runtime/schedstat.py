"""What the kernel says of a thread's time: on a core, and queued for one (proc(5), schedstat)."""

from __future__ import annotations

from ocoro.runtime import originals


def read(task: str) -> tuple[int, int] | None:
    """Nanoseconds that the thread `task`, a folder of procfs, has spent on a core and queued; None if none can tell."""
    try:
        with originals.open_file(f"{task}/schedstat", "rb", buffering=0) as file:
            on_core, queued, _ = file.read(100).split()
    except (OSError, ValueError):
        return None
    return int(on_core), int(queued)
