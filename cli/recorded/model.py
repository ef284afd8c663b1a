"""What a recording says, as plain values. All times are integers in nanoseconds; those of events and coroutines count
from the start of the run. The words are the design's: *wait* is suspended until ready, *late* is ready until resumed,
*running* is on the thread, *blocked* is the thread inside a call that could not be suspended, *idle* is the hub asleep
while somebody waits; wall = running + idle + blocked.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ocoro.cli.recorded.histogram import Histogram

MAIN = 1  # number of the main coroutine
KERNEL = 0  # as a waker: an fd became ready or a timer was due
OTHER_THREAD = -1  # as a waker: a thread that is not the runtime's
BLOCKED = "blocked"  # as a call: the thread was held by something that is not hooked
PREEMPTED = "preempted"  # as a call: a coroutine had computed for too long


@dataclass(frozen=True, slots=True)
class Site:
    """A call and where the program made it. `file` is empty and `line` 0 where that is not known."""

    number: int
    call: str  # recv, connect, sleep, lock, ...
    file: str = ""
    line: int = 0
    function: str = ""

    @property
    def place(self) -> str:
        """`file:line function`, or `(elsewhere)`."""
        return f"{self.file}:{self.line} {self.function}".rstrip() if self.file else "(elsewhere)"


@dataclass(slots=True)
class Aggregate:
    """Exact sums for one call at one site."""

    site: Site
    calls: int = 0  # calls made, those included that did not have to wait; at least `waits` where calls are counted
    waits: int = 0  # how often a coroutine was suspended
    errors: int = 0  # calls that raised, time-outs included
    bytes: int = 0
    wait: int = 0  # sum of the waits
    late: int = 0  # sum of the delays between ready and resumed
    longest: int = 0  # the longest single wait
    blocked: int = 0  # time that the thread was held here
    held: int = 0  # coroutine-nanoseconds: others that were ready meanwhile, times how long
    histogram: Histogram = field(default_factory=Histogram)  # of the single waits


@dataclass(slots=True)
class CoroutineRecord:
    """One coroutine: what it is doing, or its totals when it has ended."""

    number: int  # 1 is the main coroutine; numbers are never used again in a run
    name: str  # the thread's name
    state: str  # running, ready, waiting, ended
    started: int
    ended: int | None  # None while it lives
    waits: int
    wait: int
    late: int
    site: Site | None  # the call it waits in, or the last it waited in
    since: int  # when it came into this state

    def running(self, now: int) -> int:
        """Time on the thread until `now`, which is when the run was last recorded.

        A wait that goes on, or the delay after it, is in none of the sums yet.
        """
        end = now if self.ended is None else self.ended
        if self.state in ("waiting", "ready"):
            end = min(end, self.since)
        return max(0, end - self.started - self.wait - self.late)


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of the flight recorder.

    kind        meaning                              start .. ready .. end
    wait        a coroutine was suspended            suspended, ready, resumed
    call        a call that did not have to wait     start and end of the call (only recorded with --trace)
    spawn       `coroutine` was started by `waker`   all the same
    end         `coroutine` ended                    all the same
    blocked     the thread was held at `site`        start and end; `value` = coroutines ready meanwhile
    preempt     `coroutine` computed for too long    all the same
    """

    kind: str
    coroutine: int
    start: int
    ready: int
    end: int
    site: Site | None = None
    waker: int = KERNEL  # who made it ready
    fd: int = -1  # of the call, or -1
    value: int = 0
    text: str = ""  # the call as `ocoro trace` prints it: "recv(5<TCP ...>, 4096) = 512"; else empty


@dataclass(slots=True)
class Run:
    """One process of a run."""

    path: str
    run_id: str  # shared by all processes of a run
    pid: int
    parent: int  # process id of the process it was forked from; 0 for the first of the run
    program: str  # as shown: the script's or module's name
    command: tuple[str, ...]
    directory: str  # where it was started
    python: str  # "3.12.1"
    started: int  # nanoseconds since 1970
    state: str  # live, ended, killed (it ended without saying so)
    wall: int
    cpu: int
    running: int
    idle: int
    blocked: int
    switches: int
    preemptions: int
    coroutines: int  # how many there were, the main one included
    coroutines_most: int  # most alive at once
    aggregates: list[Aggregate] = field(default_factory=list)
    coroutine_records: list[CoroutineRecord] = field(default_factory=list)  # living ones, and the latest that ended
    events: list[Event] = field(default_factory=list)  # by end
    dropped: int = 0  # events that the flight recorder no longer holds
    problems: list[str] = field(default_factory=list)  # what is wrong with the file, as sentences
    going_on: list[CoroutineRecord] = field(
        default_factory=list
    )  # those in a wait that has not ended, if the run has not

    @property
    def waits(self) -> int:
        """Sum of all waits, in nanoseconds: what they would have taken one at a time."""
        return sum(aggregate.wait for aggregate in self.aggregates)

    @property
    def waits_so_far(self) -> int:
        """The same with the waits that go on."""
        return self.waits + sum(self.wall - each.since for each in self.going_on)

    @property
    def overlapped(self) -> float:
        """The share of the waits that cost no idle time of their own, 0.0 to 1.0."""
        waits = self.waits_so_far
        return max(0.0, 1.0 - self.idle / waits) if waits else 0.0

    def names(self) -> dict[int, str]:
        """Number -> name of the coroutines that are known by name."""
        return {record.number: record.name for record in self.coroutine_records}
