"""From records to rows: medians, ratios and whether the targets are met; and all of it as one JSON document.

A ratio is the median of the ratios of the single rounds, not the ratio of the medians: the two sides of one round were
measured within seconds of each other.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.catalogue import Benchmark, Figure
from benchmarks.competitors import Competitor
from benchmarks.runner import Record, Records

OURS = "ocoro"
UNRECORDED = "ocoro --no-record"
TRACED = "ocoro --trace"
PEERS = ("gevent", "python")  # whom we compare ourselves with


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of one benchmark under all competitors."""

    benchmark: Benchmark
    figure: Figure
    records: Records

    def record(self, competitor: str, benchmark: str | None = None) -> Record:
        return self.records.get((benchmark or self.benchmark.name, competitor), Record())

    def values(self, competitor: str, benchmark: str | None = None) -> list[float]:
        return self.record(competitor, benchmark).values(self.figure.field)

    def median(self, competitor: str) -> float | None:
        return median(values) if (values := self.values(competitor)) else None

    def failure(self, competitor: str) -> str | None:
        return self.record(competitor).failure

    def ratio(self, competitor: str, benchmark: str | None = None, ours: str = OURS) -> float | None:
        """Our figure as a multiple of a competitor's, or of one in another benchmark."""
        pairs = zip(self.values(ours), self.values(competitor, benchmark), strict=False)
        ratios = [mine / theirs for mine, theirs in pairs if theirs]
        return median(ratios) if ratios else None

    @property
    def target_ratio(self) -> float | None:
        """The ratio that the target speaks of, as measured; our figure itself where it speaks of that."""
        target = self.figure.target
        if target is None:
            return None
        if target.benchmark is None and target.competitor is None:
            return self.median(OURS)
        return self.ratio(OURS if target.benchmark else str(target.competitor), target.benchmark)

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None if there is none or one side of it is missing."""
        target, ratio = self.figure.target, self.target_ratio
        return None if target is None or ratio is None else ratio <= target.ratio

    @property
    def costs(self) -> dict[str, float | None]:
        """What recording costs, as multiples of the figure without it."""
        return {name: self.ratio(UNRECORDED, ours=name) for name in (OURS, TRACED)}

    @property
    def cost_limits(self) -> dict[str, float | None]:
        """The targets for these."""
        cost = self.figure.cost
        return {OURS: cost.recorded, TRACED: cost.traced} if cost else {OURS: None, TRACED: None}


def rows(benchmarks: Iterable[Benchmark], records: Records) -> list[Row]:
    return [Row(benchmark, figure, records) for benchmark in benchmarks for figure in benchmark.figures]


def row_document(row: Row, competitors: Sequence[Competitor]) -> dict[str, object]:
    names = [competitor.name for competitor in competitors]
    return {
        "benchmark": row.benchmark.name,
        "figure": row.figure.title,
        "unit": row.figure.unit,
        "values": {name: row.values(name) for name in names},
        "medians": {name: row.median(name) for name in names},
        "failures": {name: why for name in names if (why := row.failure(name))},
        "ratios": {name: row.ratio(name) for name in PEERS},
        "target": str(row.figure.target) if row.figure.target else None,
        "target_ratio": row.target_ratio,
        "met": row.met,
        "costs": row.costs if row.figure.cost else None,
        "cost_limits": row.cost_limits if row.figure.cost else None,
    }


def document(table: Sequence[Row], competitors: Sequence[Competitor]) -> dict[str, object]:
    return {
        "machine": {"system": platform.platform(), "processors": os.cpu_count()},
        "competitors": {competitor.name: competitor.version for competitor in competitors},
        "rows": [row_document(row, competitors) for row in table],
    }
