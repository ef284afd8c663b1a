"""A run as JSON and CSV: times are whole nanoseconds, texts are as recorded, those of CSV on
one line. ocoro-stats(1) documents both.
"""

from __future__ import annotations

import json
from io import StringIO
from typing import TYPE_CHECKING, Any

from ocoro.cli.recorded.model import Aggregate
from ocoro.cli.show import blocking, views
from ocoro.cli.show.select import one_at_a_time, waits
from ocoro.cli.visible import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ocoro.cli.recorded.histogram import Histogram
    from ocoro.cli.recorded.model import Run
    from ocoro.cli.show.fields import Field, Value
    from ocoro.cli.show.views import View

SCHEMA = "ocoro.stats/1"
FORMULAS = tuple("=+-@\uff1d\uff0b\uff0d\uff20")  # how they begin; as wide letters, too
AGAINST_SCHEMA = "ocoro.stats.against/1"


def document(run: Run, window: tuple[int, int] | None) -> dict[str, Any]:
    """What every JSON document begins with: which run, and the figures of the whole of it or of the window."""
    return {
        "schema": SCHEMA,
        "run": described(run),
        "window": {"since_ns": window[0], "until_ns": window[1]} if window else None,
        "totals": totals(run),
    }


def described(run: Run) -> dict[str, Any]:
    """Which run it is."""
    return {
        "path": str(run.path),
        "run_id": run.run_id,
        "pid": run.pid,
        "parent": run.parent,
        "program": run.program,
        "command": list(run.command),
        "directory": run.directory,
        "python": run.python,
        "started_ns": run.started,
        "state": run.state,
        "dropped_events": run.dropped,
        "problems": list(run.problems),
    }


def totals(run: Run) -> dict[str, int | float]:
    """The figures of the run as a whole."""
    return {
        "wall_ns": run.wall,
        "running_ns": run.running,
        "idle_ns": run.idle,
        "blocked_ns": run.blocked,
        "cpu_ns": run.cpu,
        "waits_ns": run.waits,
        "late_ns": sum(each.late for each in run.aggregates),
        "one_at_a_time_ns": one_at_a_time(run),
        "overlapped": round(run.overlapped, 6),
        "waits": waits(run),
        "errors": sum(each.errors for each in run.aggregates),
        "switches": run.switches,
        "preemptions": run.preemptions,
        "coroutines": run.coroutines,
        "coroutines_most": run.coroutines_most,
    }


def rows(view: View, things: Sequence[Any], run: Run) -> list[dict[str, Any]]:
    """An object for each thing; those of calls and sites have their histogram."""
    result = []
    for thing in things:
        row: dict[str, Any] = {field.name: _value(field, thing, run) for field in view.fields}
        if isinstance(thing, Aggregate):
            row["histogram"] = _pairs(thing.histogram)
        if view.name == "site":
            row.update(file=thing.site.file, line=thing.site.line, function=thing.site.function)
        result.append(row)
    return result


def _value(field: Field, thing: Any, run: Run) -> Value:
    if field.key == "place":
        return thing.site.place if thing.site else None
    return field.value(thing, run)


def _pairs(histogram: Histogram) -> list[list[int]]:
    """The middle of each bucket that is not empty, in nanoseconds, and how many waits fell into it."""
    from ocoro.cli.recorded.histogram import middle

    return [[middle(bucket), count] for bucket, count in sorted(histogram.counts.items())]


def culprits(run: Run, top: int) -> list[dict[str, Any]]:
    """The places that blocked the thread."""
    found = blocking.culprits(run)
    return [
        {
            "call": each.aggregate.site.call,
            "place": each.aggregate.site.place,
            "file": each.aggregate.site.file,
            "line": each.aggregate.site.line,
            "function": each.aggregate.site.function,
            "calls": each.aggregate.calls,
            "blocked_ns": each.aggregate.blocked,
            "held_ns": each.aggregate.held,
            "held_up": list(each.held_up),
            "source": each.source,
            "hint": each.hint,
        }
        for each in (found[:top] if top else found)
    ]


def as_json(value: object) -> str:
    """Readable JSON, in ASCII, with a line feed at its end."""
    return json.dumps(value, indent=2) + "\n"


def as_csv(view: View, things: Sequence[Any], run: Run) -> str:
    """A line of names, and a line for each thing."""
    return lines(
        [field.name for field in view.fields], ([_value(f, each, run) for f in view.fields] for each in things)
    )


def lines(names: Sequence[str], rows: Any) -> str:
    """Comma-separated values; nothing between two commas is a value that there is not."""
    import csv

    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(map(_cell, row) for row in rows)
    return text.getvalue()


def _cell(value: Value) -> Value:
    """A text on one line, and none that a spreadsheet would compute: such a one gets an apostrophe in front."""
    if not isinstance(value, str):
        return value
    shown = visible(value)
    return f"'{shown}" if shown.startswith(FORMULAS) else shown


def view_of(name: str) -> View:
    """The view that CSV and Prometheus show: by call unless another was asked for."""
    return views.VIEWS[name or "call"]
