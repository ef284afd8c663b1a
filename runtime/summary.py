"""What one run amounted to, as plain numbers: the hand-over from the recorder to whoever shows it.

All times are integers in nanoseconds. The words are those of the design: *wait* is a call suspended until its fd,
timer or lock is ready, *late* is ready until resumed, *idle* is the hub asleep while somebody waits, *blocked* is the
thread held by something that could not be suspended, and wall = running + idle + blocked.

Every program imports this, so it does without dataclasses.
"""

from __future__ import annotations


class CallSummary:
    """All waits of one kind of call, for instance ``recv``."""

    __slots__ = ("count", "late", "max", "name", "p50", "p99", "wait")

    def __init__(self, name: str, count: int, wait: int, late: int, p50: int, p99: int, max: int) -> None:
        self.name = name
        self.count = count
        self.wait = wait  # sum of the waits
        self.late = late  # sum of the delays between ready and resumed
        self.p50 = p50  # of the single waits; at most 6.25 % off
        self.p99 = p99
        self.max = max


class Summary:
    """One finished run."""

    __slots__ = (
        "blocked",
        "calls",
        "coroutines",
        "coroutines_most",
        "cpu",
        "idle",
        "offload_failed",
        "recorded",
        "rescues",
        "running",
        "stalls",
        "switches",
        "unrecorded",
        "wall",
    )

    def __init__(
        self,
        wall: int,
        cpu: int,
        running: int,
        idle: int,
        blocked: int,
        coroutines: int,
        coroutines_most: int,
        switches: int,
        calls: tuple[CallSummary, ...],
        unrecorded: str = "",
        rescues: tuple[tuple[str, int], ...] = (),
        stalls: tuple[tuple[str, int], ...] = (),
        recorded: str = "",
        offload_failed: tuple[tuple[str, str], ...] = (),
    ) -> None:
        self.wall = wall
        self.cpu = cpu  # user and system time of the whole process
        self.running = running
        self.idle = idle
        self.blocked = blocked
        self.coroutines = coroutines  # how many there were, the main one included
        self.coroutines_most = coroutines_most  # most alive at once
        self.switches = switches
        self.calls = calls  # largest sum of waits first
        self.unrecorded = unrecorded  # why not all of the run is in its recording; empty where it is
        self.rescues = rescues  # places of calls without a hook, and how often others were rescued there
        self.stalls = stalls  # places that held the thread more than once, and how often; the first time was told
        self.recorded = recorded  # path of the recording; empty without one
        self.offload_failed = offload_failed  # functions that were to be offloaded and were not, and why

    @property
    def waits(self) -> int:
        """The sum of all waits."""
        return sum(call.wait for call in self.calls)

    @property
    def overlapped(self) -> float:
        """The share of the waits that cost no idle time of their own, 0.0 to 1.0."""
        waits = self.waits
        return max(0.0, 1.0 - self.idle / waits) if waits else 0.0
