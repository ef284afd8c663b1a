"""Two runs side by side: what changed, the largest change first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ocoro.cli.recorded.model import Aggregate, Site
from ocoro.cli.recorded.runs import known_as
from ocoro.cli.report import duration
from ocoro.cli.show import fields, machine, places, units
from ocoro.cli.show.select import by_call, by_function, one_at_a_time, waits
from ocoro.cli.show.tables import Column
from ocoro.cli.visible import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ocoro.cli.recorded.model import Run
    from ocoro.cli.show.fields import Kind
    from ocoro.cli.show.page import Page
    from ocoro.cli.show.select import Choice

FIGURES: tuple[tuple[str, Kind, Callable[[Run], int | float]], ...] = (
    ("wall", fields.TIME, lambda run: run.wall),
    ("running", fields.TIME, lambda run: run.running),
    ("idle", fields.TIME, lambda run: run.idle),
    ("blocked", fields.TIME, lambda run: run.blocked),
    ("CPU", fields.TIME, lambda run: run.cpu),
    ("sum of waits", fields.TIME, lambda run: run.waits),
    ("one at a time", fields.TIME, one_at_a_time),
    ("late", fields.TIME, lambda run: sum(each.late for each in run.aggregates)),
    ("overlapped", fields.SHARE, lambda run: round(run.overlapped, 6)),
    ("waits", fields.COUNT, waits),
    ("errors", fields.COUNT, lambda run: sum(each.errors for each in run.aggregates)),
    ("switches", fields.COUNT, lambda run: run.switches),
    ("preemptions", fields.COUNT, lambda run: run.preemptions),
    ("coroutines", fields.COUNT, lambda run: run.coroutines),
)
GROUPS = {"call": by_call, "site": by_function}


@dataclass(frozen=True, slots=True)
class Pair:
    """A call, or a call in a function, in both runs; where it did not happen, the figures are 0."""

    name: str
    before: Aggregate
    after: Aggregate

    @property
    def change(self) -> int:
        """Nanoseconds that were waited or blocked more than before; negative if less."""
        return _time(self.after) - _time(self.before)

    @property
    def took_time(self) -> bool:
        """Whether anything waited or blocked in either run, as only that is shown."""
        return any(each.waits or _time(each) for each in (self.before, self.after))


def _time(aggregate: Aggregate) -> int:
    """What was waited there and what was blocked, in nanoseconds."""
    return aggregate.wait + aggregate.blocked


def ratio(before: float, after: float) -> float | None:
    """After divided by before; None where there was nothing before."""
    return after / before if before else None


def pairs(before: Run, after: Run, by: str, choice: Choice) -> list[Pair]:
    """The largest change of time comes first, whether more or less."""
    old, new = ({_name(each, run): each for each in GROUPS[by](choice.of(run).aggregates)} for run in (before, after))
    names = [*new, *(name for name in old if name not in new)]
    nothing = Aggregate(Site(0, ""))
    found = [Pair(name, old.get(name, nothing), new.get(name, nothing)) for name in names]
    return sorted(found, key=lambda pair: -abs(pair.change))


def _name(aggregate: Aggregate, run: Run) -> str:
    site = aggregate.site
    if not site.file:
        return site.call
    return f"{site.call} in {site.function} {places.place(site, run.directory).partition(':')[0]}"


def show(page: Page, before: Run, after: Run, by: str, choice: Choice, top: int) -> None:
    """Which runs these are, the figures of the whole, then a row for each pair."""
    page.line(("before", "bold"), f"  {_described(before)}")
    page.line(("now", "bold"), f"     {_described(after)}")
    page.line()
    page.table(
        (Column("", right=False), Column("before"), Column("after"), Column("ratio", style="bold")),
        [
            (name, kind.cell(value(before)), kind.cell(value(after)), _ratio(value(before), value(after)))
            for name, kind, value in FIGURES
            if value(before) or value(after)
        ],
    )
    found = [pair for pair in pairs(before, after, by, choice) if pair.took_time]
    shown = found[:top] if top else found
    page.line()
    if not shown:
        page.line("Nothing waited.")
        return
    page.table(_COLUMNS, [_row(pair) for pair in shown])
    if len(shown) < len(found):
        page.line(f"and {len(found) - len(shown):,} more; --top=0 shows all", indent=2)


_COLUMNS = (
    Column("call", right=False, style="cyan"),
    Column("waits before", rank=4),
    Column("waits now", rank=4),
    Column("time before", rank=1),
    Column("time now"),
    Column("change", rank=2),
    Column("ratio", style="bold"),
    Column("p99 before", rank=3),
    Column("p99 now", rank=3),
    Column("p99 ratio", rank=3, style="bold"),
)


def _row(pair: Pair) -> Sequence[str]:
    times = _time(pair.before), _time(pair.after)
    tails = fields.quantile(pair.before, 0.99), fields.quantile(pair.after, 0.99)
    return (
        visible(pair.name),
        *map(units.count_cell, (pair.before.waits, pair.after.waits)),
        *map(units.time_cell, times),
        _signed(pair.change),
        _ratio(*times),
        *map(units.time_cell, tails),
        _ratio(*tails),
    )


def _signed(time: int) -> str:
    """A change in nanoseconds, with its sign."""
    if not time:
        return units.NONE
    return ("+" if time > 0 else "-") + units.time_cell(abs(time))


def _ratio(before: float, after: float) -> str:
    value = ratio(before, after)
    if value is None:
        return "new" if after else units.NONE
    return "gone" if not after else units.times_as_long(value)


def document(before: Run, after: Run, by: str, choice: Choice, top: int) -> dict[str, Any]:
    """The same for JSON; a ratio is null where there was nothing before."""
    found = pairs(before, after, by, choice)
    old, new = machine.totals(before), machine.totals(after)
    return {
        "schema": machine.AGAINST_SCHEMA,
        "run": machine.described(after),
        "against": machine.described(before),
        "totals": {name: _both(old[name], new[name]) for name in new},
        "by": by,
        "changes": [_object(pair, before, after) for pair in (found[:top] if top else found)],
    }


def _both(before: float, after: float) -> dict[str, float | None]:
    value = ratio(before, after)
    return {"before": before, "after": after, "ratio": None if value is None else round(value, 6)}


def _object(pair: Pair, before: Run, after: Run) -> dict[str, Any]:
    site = pair.after.site if pair.after.site.call else pair.before.site
    where = {"file": site.file, "function": site.function} if site.file else {}
    figures = {
        field.name: _both(_number(field.value(pair.before, before)), _number(field.value(pair.after, after)))
        for field in fields.FIGURES
    }
    return {"call": site.call, **where, "change_ns": pair.change, **figures}


def _number(value: fields.Value) -> float:
    return value if isinstance(value, int | float) else 0


def _described(run: Run) -> str:
    return f"{visible(known_as(run.path))}, {duration(run.wall)}"


def as_csv(before: Run, after: Run, by: str, choice: Choice, top: int) -> str:
    """The same as CSV: a line for each pair."""
    changes = document(before, after, by, choice, top)["changes"]
    names = [field.name for field in fields.FIGURES]
    both = [(name, when) for name in names for when in ("before", "after")]
    head = ["call", "file", "function", "change_ns", *(f"{name}_{when}" for name, when in both)]
    return machine.lines(head, [[*_who(each), *(each[name][when] for name, when in both)] for each in changes])


def _who(change: dict[str, Any]) -> list[Any]:
    return [change["call"], change.get("file", ""), change.get("function", ""), change["change_ns"]]
