"""What can be said about a call, a site, a coroutine and a process: one table each for all ways of showing them.

A field's key is what --sort takes; in JSON and CSV a time has `_ns` behind it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ocoro.cli.show import places, units
from ocoro.cli.show.tables import Column
from ocoro.cli.visible import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ocoro.cli.recorded.model import Aggregate, CoroutineRecord, Run

Value = int | float | str | None


@dataclass(frozen=True, slots=True)
class Kind:
    """How values of a kind are written in a table, and what is put behind their keys elsewhere."""

    cell: Callable[[Any], str]
    is_number: bool = True
    suffix: str = ""


TIME = Kind(units.time_cell, suffix="_ns")
COUNT = Kind(units.count_cell)
NUMBER = Kind(str)  # names something, such as a process id
SIZE = Kind(units.size_cell)
SHARE = Kind(lambda share: units.percent(share) if share else units.NONE)
TEXT = Kind(visible, is_number=False)


@dataclass(frozen=True, slots=True)
class Field:
    """One column: `value` takes it from the thing that a row is about, and from the run."""

    key: str
    kind: Kind
    value: Callable[[Any, Run], Value]
    title: str = ""
    rank: int = 0  # as in tables.Column
    style: str = ""

    @property
    def name(self) -> str:
        """The key in JSON and CSV."""
        return self.key + self.kind.suffix

    @property
    def column(self) -> Column:
        title = self.title or self.key
        if self.key == "place":
            return Column(title, self.rank, False, self.style, places.shorten, places.LEAST)
        return Column(title, self.rank, self.kind.is_number, self.style)

    def cell(self, thing: object, run: Run) -> str:
        value = self.value(thing, run)
        return units.NONE if value is None else self.kind.cell(value)


def quantile(aggregate: Aggregate, share: float) -> int:
    """The wait that `share` (0.0 to 1.0) of all waits do not exceed, in nanoseconds; at most the longest."""
    return min(aggregate.histogram.quantile(share), aggregate.longest)


def _call(aggregate: Aggregate, run: Run) -> str:
    return aggregate.site.call


def _place(aggregate: Aggregate, run: Run) -> str:
    return places.place(aggregate.site, run.directory)


def _site_of(coroutine: CoroutineRecord, run: Run) -> str:
    return places.place(coroutine.site, run.directory) if coroutine.site else ""


def _unfinished(coroutine: CoroutineRecord, run: Run, state: str) -> int:
    """For how long it has been in this state when the run was last recorded; 0 if it is in another one."""
    return max(0, run.wall - coroutine.since) if coroutine.state == state else 0


FIGURES: tuple[Field, ...] = (
    Field("calls", COUNT, lambda each, run: each.calls, rank=6),
    Field("waits", COUNT, lambda each, run: each.waits, rank=1),
    Field("errors", COUNT, lambda each, run: each.errors, rank=9),
    Field("bytes", SIZE, lambda each, run: each.bytes, rank=10),
    Field("wait", TIME, lambda each, run: each.wait, title="total wait"),
    Field("late", TIME, lambda each, run: each.late, rank=8),
    Field("p50", TIME, lambda each, run: quantile(each, 0.5), rank=5),
    Field("p99", TIME, lambda each, run: quantile(each, 0.99), rank=3),
    Field("max", TIME, lambda each, run: each.longest, rank=4),
    Field("blocked", TIME, lambda each, run: each.blocked, rank=2),
    Field("held", TIME, lambda each, run: each.held, rank=11, title="held up"),
)
CALL = Field("call", TEXT, _call, style="cyan")
PLACE = Field("place", TEXT, _place)

CALL_FIELDS = (CALL, *FIGURES)
SITE_FIELDS = (CALL, *FIGURES, PLACE)
COROUTINE_FIELDS: tuple[Field, ...] = (
    Field("number", NUMBER, lambda each, run: each.number, title="no.", rank=4),
    Field("name", TEXT, lambda each, run: each.name, style="cyan"),
    Field("state", TEXT, lambda each, run: each.state, rank=3),
    Field("started", TIME, lambda each, run: each.started, rank=7),
    Field("ended", TIME, lambda each, run: each.ended, rank=6),
    Field("running", TIME, lambda each, run: each.running(run.wall), rank=1),
    Field("waits", COUNT, lambda each, run: each.waits, rank=5),
    Field("wait", TIME, lambda each, run: each.wait + _unfinished(each, run, "waiting"), title="total wait"),
    Field("late", TIME, lambda each, run: each.late + _unfinished(each, run, "ready"), rank=2),
    Field("call", TEXT, lambda each, run: each.site.call if each.site else "", title="last call", rank=8),
    Field("place", TEXT, _site_of, rank=9),
)
PROCESS_FIELDS: tuple[Field, ...] = (
    Field("pid", NUMBER, lambda each, run: each.pid),
    Field("parent", NUMBER, lambda each, run: each.parent or None, rank=9),
    Field("program", TEXT, lambda each, run: each.program, style="cyan", rank=3),
    Field("state", TEXT, lambda each, run: each.state, rank=7),
    Field("wall", TIME, lambda each, run: each.wall),
    Field("running", TIME, lambda each, run: each.running, rank=5),
    Field("idle", TIME, lambda each, run: each.idle, rank=6),
    Field("blocked", TIME, lambda each, run: each.blocked, rank=4),
    Field("cpu", TIME, lambda each, run: each.cpu, title="CPU", rank=8),
    Field("waits", TIME, lambda each, run: each.waits, title="sum of waits", rank=1),
    Field("overlapped", SHARE, lambda each, run: round(each.overlapped, 4), rank=2),
    Field("coroutines", COUNT, lambda each, run: each.coroutines, rank=10),
    Field("switches", COUNT, lambda each, run: each.switches, rank=11),
    Field("preemptions", COUNT, lambda each, run: each.preemptions, rank=12),
)


def used(fields: Sequence[Field], things: Sequence[object], run: Run) -> list[Field]:
    """The fields that hold anything, as a column of dashes says nothing; those that always stay are kept."""
    return [field for field in fields if not field.rank or any(field.value(each, run) for each in things)]
