"""The summary of a run, and its tables, for people to read."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

from ocoro.cli.recorded import runs
from ocoro.cli.recorded.entry import SUFFIX, parts
from ocoro.cli.recorded.histogram import Histogram
from ocoro.cli.recorded.model import BLOCKED
from ocoro.cli.report import duration
from ocoro.cli.show import blocking, places, units, views
from ocoro.cli.show.fields import used
from ocoro.cli.show.octaves import Scale
from ocoro.cli.show.select import by_call, by_site, is_call, of_coroutines, one_at_a_time, waits
from ocoro.cli.show.tables import Column
from ocoro.cli.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ocoro.cli.recorded.model import Aggregate, Run
    from ocoro.cli.show.page import Page
    from ocoro.cli.show.views import View

ALL = 0  # as a number of rows
PLACES = 10  # rows of the summary's tables unless --top says otherwise
CULPRITS = 5
NAMES = 3  # coroutines held up that are named
SHARES = (("running", "green"), ("idle", "blue"), ("blocked", "bold red"))
BAR_BEFORE = 30  # columns to the left of a bar
BAR_LEAST, BAR_MOST = 8, 50
STATES = {
    "live": "is still running, for {} so far",
    "ended": "ended after {}",
    "killed": "was killed after {}",
}
INDENT = 4
FIGURE = 21  # columns of a figure with its name, before the text
NOTHING = "Nothing of the kind is recorded."
HISTOGRAM_RANK = 7
HEADING = "bold"


Window = tuple[int, int]  # from when to when, in nanoseconds from the start


def details(page: Page, run: Run, top: int | None = None, sort: str = "") -> None:
    """Calls, places that waited, places that blocked, places that computed for long."""
    calls = [each for each in by_call(run.aggregates) if is_call(each)]
    waited = [each for each in by_site(run.aggregates) if is_call(each) and each.waits]
    _section(page, "What was called", run, views.VIEWS["call"], calls, ALL if top is None else top, sort)
    if waited:
        most = PLACES if top is None else top
        _section(page, "Where it waited", run, views.VIEWS["site"], waited, most, sort)
    else:
        page.line()
        page.line("Nothing waited.")
    _blocked(page, run, CULPRITS if top is None else top)
    _preempted(page, run, CULPRITS if top is None else top)


def header(page: Page, run: Run, lasted: int, window: Window | None = None, processes: int = 1) -> None:
    """Which run this is; `lasted` is the wall time of all of it, in nanoseconds."""
    style = "bold red" if run.state == "killed" else "bold"
    page.line((_program(run), style), " ", _state(run, lasted))
    page.line(", ".join(_origin(run)), hang=INDENT)
    page.line(f"run {_name(run)}", *_others(processes), hang=INDENT)
    if window:
        page.line((f"only from {duration(window[0])} to {duration(window[1])} after the start", HEADING))


def is_empty(run: Run, lasted: int) -> bool:
    """Whether the process has not recorded anything, and maybe never will."""
    return not (lasted or run.aggregates or run.coroutine_records)


def _name(run: Run) -> str:
    return visible(runs.known_as(run.path))


def _program(run: Run) -> str:
    named = os.path.basename(run.path).removesuffix(SUFFIX)
    known = run.program or (parts(named) or ("", named))[1]
    return visible(os.path.basename(known) or known)


def _state(run: Run, lasted: int) -> str:
    if is_empty(run, lasted):
        return "has recorded nothing"
    return STATES[run.state].format(duration(lasted))


def _origin(run: Run) -> Iterable[str]:
    """What is known of the process and its start."""
    if run.pid:
        yield f"pid {run.pid}"
    if run.python:
        yield f"Python {visible(run.python)}"
    started = time.strftime("started %Y-%m-%d %H:%M:%S", time.localtime(run.started / units.SECOND))
    yield f"{started if run.started else 'started'} in {visible(run.directory) or 'an unknown directory'}"


def _others(processes: int) -> Iterable[str]:
    if processes > 1:
        yield f", one of {processes} processes (--by=process shows them all)"


def shares(page: Page, run: Run) -> None:
    """What the time went into, and how much of the waiting was overlapped."""
    page.line()
    _figure(page, "wall", run.wall)
    start = 0
    width = min(BAR_MOST, max(BAR_LEAST, (page.width or BAR_BEFORE + BAR_MOST) - BAR_BEFORE))
    for name, style in SHARES:
        part = getattr(run, name)
        bar = _bar(start, start + part, run.wall, width, page.has_blocks)
        share = units.percent(part / run.wall if run.wall else 0.0)
        page.line(f"{name:<10}{units.time_cell(part):>9}  {share:>7}  ", (bar, style))
        start += part
    _waits(page, run)
    page.line(
        f"{'coroutines':<10}{run.coroutines:>9,}  at most {run.coroutines_most:,} at once;"
        f" {_times(run.switches, 'switch', 'switches')}, {units.plural(run.preemptions, 'preemption')}",
        hang=FIGURE,
    )


def _waits(page: Page, run: Run) -> None:
    number, going_on = waits(run), len(run.going_on)
    if not number and not going_on:
        return
    more = f" and {going_on:,} that {'goes' if going_on == 1 else 'go'} on" if going_on else ""
    text = f"sum of {units.plural(number, 'wait')}{more}, {units.percent(run.overlapped)} overlapped"
    _figure(page, "waits", run.waits_so_far, text)
    alone = one_at_a_time(run)
    left_out = of_coroutines(run)
    others = f"{duration(left_out)} of waits for other coroutines" if left_out else ""
    if alone < run.wall:
        page.line(
            f"What it would have taken one at a time cannot be told{f', with {others}' if others else ''}.", hang=INDENT
        )
        return
    ratio = units.times_as_long(alone / run.wall) if run.wall else "many"
    without = f", without {others}" if others else ""
    page.line(f"One at a time it would have taken {duration(alone)}, {ratio} times as long{without}.", hang=INDENT)


def _figure(page: Page, name: str, value: int, text: str = "") -> None:
    page.line(f"{name:<10}{units.time_cell(value):>9}  {text}", hang=FIGURE)


def _times(number: int, noun: str, plural: str) -> str:
    return f"{number:,} {noun if number == 1 else plural}"


def _bar(start: int, end: int, whole: int, width: int, has_blocks: bool) -> str:
    """From where to where a part of the whole lies; what is not nothing has one character at least."""
    if end <= start or not whole:
        return ""
    first = min(width * start // whole, width - 1)
    last = min(max(round(width * end / whole), first + 1), width)
    return " " * first + ("█" if has_blocks else "#") * (last - first)


def table(page: Page, run: Run, view: View, things: Sequence[Any], sort: str = "", top: int = ALL) -> None:
    """One row for each thing, the first `top` of them, with the columns that hold anything."""
    if not things:
        page.line(NOTHING)
        return
    rows = views.ordered(view, things, run, sort)
    shown = rows[:top] if top else rows
    chosen = used(view.fields, shown, run)
    columns = [field.column for field in chosen]
    cells = [[field.cell(each, run) for field in chosen] for each in shown]
    if view.name in ("call", "site"):
        _add_histograms(page, columns, cells, shown)
    page.table(columns, cells)
    if len(shown) < len(rows):
        page.line(f"and {len(rows) - len(shown):,} more; --top=0 shows all", indent=2)


def _add_histograms(page: Page, columns: list[Column], cells: list[list[str]], shown: Sequence[Aggregate]) -> None:
    drawn = [each.histogram if is_call(each) else Histogram() for each in shown]  # who is preempted does not wait
    if not any(each.counts for each in drawn):
        return
    scale = Scale(drawn, page.has_blocks)
    at = next((at for at, column in enumerate(columns) if column.title == "place"), len(columns))
    columns.insert(at, Column(scale.title, HISTOGRAM_RANK, right=False, style="green"))
    for row, each in zip(cells, drawn, strict=True):
        row.insert(at, scale.draw(each))


def _section(page: Page, title: str, run: Run, view: View, things: Sequence[Any], top: int, sort: str) -> None:
    if things:
        page.line()
        page.line((title, HEADING))
        table(page, run, view, things, sort, top)


def _blocked(page: Page, run: Run, top: int) -> None:
    culprits = blocking.culprits(run)
    if not culprits:
        return
    page.line()
    page.line(("What blocked the thread", HEADING))
    for each in culprits[: top or None]:
        _culprit(page, run, each)
    _more(page, len(culprits), top)


def _more(page: Page, count: int, top: int) -> None:
    if 0 < top < count:
        page.line(f"and {count - top:,} more; --top=0 shows all", indent=2)


def _culprit(page: Page, run: Run, culprit: blocking.Culprit) -> None:
    site, blocked = culprit.aggregate.site, culprit.aggregate.blocked
    call = "" if site.call == BLOCKED else f"{site.call} at "
    times = f" in {units.plural(culprit.aggregate.calls, 'call')}" if culprit.aggregate.calls > 1 else ""
    page.line((duration(blocked), "bold red"), f"{times}  {call}{places.place(site, run.directory)}", hang=INDENT)
    _source(page, culprit.source)
    page.line("held up: ", _held_up(culprit), indent=INDENT)
    page.line("hint: ", culprit.hint, indent=INDENT)


def _source(page: Page, source: str) -> None:
    if source:
        page.line((visible(source), "cyan"), indent=INDENT)


def _preempted(page: Page, run: Run, top: int) -> None:
    found = blocking.computing(run)
    if not found:
        return
    page.line()
    page.line(("What computed for longer than its time slice", HEADING))
    for each in found[: top or None]:
        page.line(
            (units.plural(each.times, "time"), "bold"), f"  {places.place(each.site, run.directory)}", hang=INDENT
        )
        _source(page, each.source)
    _more(page, len(found), top)


def _held_up(culprit: blocking.Culprit) -> str:
    held, names = culprit.aggregate.held, culprit.held_up
    if not held:
        return "nobody"
    if not names:
        average = held / max(1, culprit.aggregate.blocked)
        return f"{units.times_as_long(average)} coroutines on average, {duration(held)} in sum"
    named = ", ".join(map(visible, names[:NAMES]))
    others = f" and {units.plural(len(names) - NAMES, 'other')}" if len(names) > NAMES else ""
    return f"{named}{others}, {duration(held)} in sum"
