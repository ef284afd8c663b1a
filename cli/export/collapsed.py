"""Folded stacks, for flamegraph.pl and what else reads them: `coroutine;file:function:line;call N`, N in microseconds.

How long each call waited at each place is known exactly, from the aggregates; in which coroutine, only as far back as
the flight recorder goes. So what its events do not account for has `(unknown)` for a coroutine, and sums are exact. A
wait that had not ended when the run was last recorded counts until then. Coroutines of one name share their stacks.
There is a line per stack, the longest first, and none for less than half a microsecond.

The format has no escapes: in a frame, ';' becomes ':', and white space and control characters become '_'.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, BinaryIO

from ocoro.cli.export.tracks import call, complete, label, printable

if TYPE_CHECKING:
    from ocoro.cli.recorded.model import Run, Site

SUFFIX = ".folded"

UNKNOWN = "(unknown)"

Stack = tuple[str, str, str]  # coroutine, place, call


def write(run: Run, file: BinaryIO) -> None:
    """Write how long which coroutine waited where, a line per stack."""
    for stack, wait in _waits(run).most_common():
        if (microseconds := round(wait / 1000)) > 0:
            file.write(f"{';'.join(stack)} {microseconds}\n".encode())


def _waits(run: Run) -> Counter[Stack]:
    """Nanoseconds by stack."""
    names = run.names()
    waits: Counter[Stack] = Counter()
    accounted: Counter[Site | None] = Counter()
    for event in complete(run):
        wait = event.ready - event.start
        if event.kind in ("wait", "waiting"):
            waits[_frame(label(names, event.coroutine)), _place(event.site), _frame(call(event))] += wait
        if event.kind == "wait":
            accounted[event.site] += wait
    for aggregate in run.aggregates:
        rest = aggregate.wait - accounted[aggregate.site]
        if rest > 0:
            waits[UNKNOWN, _place(aggregate.site), _frame(aggregate.site.call)] += rest
    return waits


def _place(site: Site | None) -> str:
    if site is None or not site.file:
        return "(elsewhere)"
    return _frame(f"{site.file}:{site.function}:{site.line}")


def _frame(text: str) -> str:
    marked = printable(text).replace(";", ":")
    return "".join("_" if each.isspace() or not each.isprintable() else each for each in marked)
