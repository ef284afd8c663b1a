"""What is measured: one row of data for each benchmark, with its sizes, its figures and the targets for them.

To add one: write a program into ``programs/`` and add its row here. Programs that count operations get the time they
may take, not a number, so that a round takes as long under a slow competitor as under a fast one.
"""

from __future__ import annotations

from dataclasses import dataclass

SECONDS = "0.5"


@dataclass(frozen=True, slots=True)
class Target:
    """ocoro's figure should be at most ``ratio`` times another one: a competitor's, or its own in another benchmark.

    With neither, ``ratio`` is the limit for the figure itself.
    """

    ratio: float
    competitor: str | None = "gevent"
    benchmark: str | None = None

    def __str__(self) -> str:
        other = self.benchmark or self.competitor
        return f"{self.ratio:.2f} of {other}" if other else f"{self.ratio:.2f}"


@dataclass(frozen=True, slots=True)
class Cost:
    """What recording may cost, as a multiple of the figure without it; None: it is measured, but has no target."""

    recorded: float | None = None
    traced: float | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a program's result: less is better, always."""

    title: str
    unit: str
    field: str = "value"
    target: Target | None = None
    cost: Cost | None = None


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A program with its arguments: ``full`` to measure, ``tiny`` only to see that it works."""

    name: str
    program: str
    full: str
    tiny: str
    figures: tuple[Figure, ...]
    processes: int = 0  # how many processes to time from outside in a round; 0: the program measures itself
    needs: str | None = None  # a command that must be on PATH

    @property
    def shows_cost(self) -> bool:
        """Whether it is also run without a recording, and with a large one."""
        return any(figure.cost for figure in self.figures)


def single(
    name: str, program: str, full: str, tiny: str, unit: str, target: Target | None = None, cost: Cost | None = None
) -> Benchmark:
    """A benchmark with one figure of the same name."""
    return Benchmark(name, program, full, tiny, (Figure(name, unit, target=target, cost=cost),))


def sleepers(mode: str) -> Benchmark:
    figures = (
        Figure(f"10,000 sleepers due {mode}, lateness", "ms", target=Target(0.50)),
        Figure(f"10,000 sleepers due {mode}, lateness at most", "ms", "max"),
    )
    return Benchmark(f"sleepers-{mode}", "sleepers.py", f"10000 5 {mode}", f"20 0.2 {mode}", figures)


def http_server(name: str, title: str, mode: str, cost: Cost | None = None) -> Benchmark:
    figures = (
        Figure(title, "us", target=Target(0.80), cost=cost),
        Figure(f"{title}, processor time", "us", "cpu", cost=cost),
    )
    return Benchmark(name, "http_server.py", f"50 1 {mode}", f"2 1 {mode}", figures, needs="wrk")


def asleep(count: int, start: Target | None = None, memory: Target | None = None) -> Benchmark:
    figures = (
        Figure(f"{count:,} asleep at once, start each", "us", target=start),
        Figure(f"{count:,} asleep at once, memory each", "KiB", "memory", memory),
    )
    return Benchmark(f"asleep-{count}", "asleep.py", str(count), str(count // 500), figures)


OF_WAITS = Cost(recorded=1.05, traced=1.15)
OF_COMPUTING = Cost(recorded=1.02, traced=1.02)
LOCKS = (
    Figure("lock, uncontended", "ns", target=Target(0.90)),
    Figure("rlock, uncontended", "ns", "rlock", Target(0.90)),
)
COMPUTE = tuple(
    Figure(f"computing {kernel}", "ms", kernel, Target(1.02, "python"), OF_COMPUTING)
    for kernel in ("floats", "calls", "texts")
)
SPINNERS = (
    Figure("1 ms ticks beside 4 endless loops, lateness, p99", "slices each", target=Target(1.5, None)),
    Figure("1 ms ticks beside 4 endless loops, lateness", "slices each", "median"),
)
START_UP = (Figure("start-up of an empty script", "ms", target=Target(0.60), cost=Cost()),)

BENCHMARKS = (
    single("yield-2", "yields.py", f"2 {SECONDS}", "2 0.01", "us", Target(0.40)),
    single("yield-1000", "yields.py", f"1000 {SECONDS}", "10 0.01", "us", Target(0.40)),
    single("start+join", "start_join.py", SECONDS, "0.01", "us", Target(0.70)),
    sleepers("apart"),
    sleepers("together"),
    asleep(10_000, memory=Target(1.00)),
    asleep(100_000, start=Target(1.50, benchmark="asleep-10000")),
    single("ping-pong-1", "ping_pong.py", f"1 {SECONDS}", "1 0.01", "us", Target(0.70)),
    single("ping-pong-50", "ping_pong.py", f"50 {SECONDS}", "5 0.01", "us", Target(0.70), OF_WAITS),
    single("ping-pong-500", "ping_pong.py", f"500 {SECONDS}", "10 0.01", "us", Target(0.70)),
    single("tcp-echo-50", "tcp_echo.py", f"50 {SECONDS}", "3 0.01", "us", Target(0.70)),
    single("tcp-echo-1000", "tcp_echo.py", f"1000 {SECONDS}", "6 0.01", "us", Target(0.70)),
    http_server("http-server", "http.server, one thread a request", "close", OF_WAITS),
    http_server("http-server-keep", "http.server, connections kept", "keep"),
    single("http-clients", "http_clients.py", "1000 0.2", "5 0.05", "ms"),
    Benchmark("locks", "locks.py", "0.25", "0.01", LOCKS),
    single("queue", "queues.py", SECONDS, "0.01", "us", Target(0.25, "python")),
    Benchmark("compute", "compute.py", "20", "1", COMPUTE),
    Benchmark("spinners", "spinners.py", "4 5", "2 0.1", SPINNERS),
    Benchmark("start-up", "empty.py", "", "", START_UP, processes=10),
    single("idle", "idle.py", "100 1", "3 0.05", "ms/s"),
)
