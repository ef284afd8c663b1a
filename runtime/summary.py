"""What one run amounted to, as plain numbers: the hand-over from the recorder to whoever shows it.

All times are integers in nanoseconds. The words are those of the design: *wait* is a call suspended until its fd,
timer or lock is ready, *late* is ready until resumed, *idle* is the hub asleep while somebody waits, *blocked* is the
thread held by something that could not be suspended, and wall = running + idle + blocked.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CallSummary:
    """All waits of one kind of call, for instance ``recv``."""

    name: str
    count: int
    wait: int  # sum of the waits
    late: int  # sum of the delays between ready and resumed
    p50: int  # of the single waits; at most 6.25 % off
    p99: int
    max: int


@dataclass(frozen=True, slots=True)
class Summary:
    """One finished run."""

    wall: int
    cpu: int  # user and system time of the whole process
    running: int
    idle: int
    blocked: int
    coroutines: int  # how many there were, the main one included
    coroutines_most: int  # most alive at once
    switches: int
    calls: tuple[CallSummary, ...]  # largest sum of waits first
    unrecorded: str = ""  # why not all of the run is in its recording; empty where it is
    rescues: tuple[tuple[str, int], ...] = ()  # places of calls without a hook, and how often others were rescued there

    @property
    def waits(self) -> int:
        """The sum of all waits."""
        return sum(call.wait for call in self.calls)

    @property
    def overlapped(self) -> float:
        """The share of the waits that cost no idle time of their own, 0.0 to 1.0."""
        waits = self.waits
        return max(0.0, 1.0 - self.idle / waits) if waits else 0.0
