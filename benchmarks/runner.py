"""The rounds in which the competitors take turns.

On each benchmark they run one right after the other, and every round starts with another one, so that what drifts in
the machine drifts for all. Who fails at a benchmark once is not asked again: its row shows why.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.catalogue import Benchmark
from benchmarks.competitors import Competitor
from benchmarks.process import RunError, execute

PROGRAMS = Path(__file__).with_name("programs")

Result = dict[str, float]  # what a program printed: its figures by their fields; name and unit are not looked at


@dataclass(frozen=True, slots=True)
class Effort:
    """How much to run."""

    rounds: int
    limit: float  # seconds for one process
    tiny: bool = False


@dataclass(slots=True)
class Record:
    """All that one competitor made of one benchmark, round by round."""

    results: list[Result] = field(default_factory=list)
    failure: str | None = None

    def values(self, name: str) -> list[float]:
        """One figure in all rounds; empty if there was a failure or the program does not know the figure."""
        return [] if self.failure else [result[name] for result in self.results if name in result]


Records = dict[tuple[str, str], Record]  # by the names of benchmark and competitor


def parse(stdout: str) -> Result:
    try:
        return dict(json.loads(stdout))
    except (ValueError, TypeError):
        raise RunError(f"printed no result: {stdout[:40]!r}") from None


def measure(benchmark: Benchmark, competitor: Competitor, effort: Effort) -> Result:
    arguments = (benchmark.tiny if effort.tiny else benchmark.full).split()
    command = [*competitor.command, str(PROGRAMS / benchmark.program), *arguments]
    if not benchmark.processes:
        return parse(execute(command, effort.limit)[0])
    times = [execute(command, effort.limit)[1] for _ in range(1 if effort.tiny else benchmark.processes)]
    return {"value": statistics.median(times) * 1e3}


def take_turn(benchmark: Benchmark, competitor: Competitor, effort: Effort, record: Record) -> str:
    """Measure once and keep the result in the record; return it, or the reason why there is none, as text."""
    try:
        record.results.append(measure(benchmark, competitor, effort))
    except RunError as error:
        record.failure = str(error)
        return record.failure
    first = benchmark.figures[0]
    return f"{record.results[-1][first.field]:.4g} {first.unit}"


def rounds(
    benchmarks: Sequence[Benchmark], competitors: Sequence[Competitor], effort: Effort, records: Records
) -> Iterator[str]:
    """Run everything and fill ``records``; yield a line of text after every measurement."""
    for number in range(effort.rounds):
        turn = number % len(competitors)
        in_turn = (*competitors[turn:], *competitors[:turn])
        for benchmark in benchmarks:
            for competitor in (each for each in in_turn if benchmark.shows_cost or not each.is_variant):
                record = records.setdefault((benchmark.name, competitor.name), Record())
                if record.failure is None:
                    outcome = take_turn(benchmark, competitor, effort, record)
                    yield f"{number + 1}/{effort.rounds} {benchmark.name} {competitor.name}: {outcome}"
