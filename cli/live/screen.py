"""The picture that `ocoro top` shows: lines about the run, a table of coroutines, a line about keys."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ocoro.cli.live.keys import HELP
from ocoro.cli.live.watched import Doing, doings, rates
from ocoro.cli.report import duration
from ocoro.cli.show import places, tables
from ocoro.cli.show.tables import Column
from ocoro.cli.show.units import count_cell, percent, plural, time_cell
from ocoro.cli.visible import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from rich.console import Group, RenderableType

    from ocoro.cli.live.keys import Choice
    from ocoro.cli.live.watched import Rates
    from ocoro.cli.recorded.model import Run

STATES = ("running", "ready", "waiting", "ended")  # in the order in which they are sorted
BAR = 40  # characters
MARKS = {True: "█▒·", False: "#!."}  # running, blocked, idle; with and without a terminal for them
STYLES = ("green", "red", "dim")
FOOTER = "s sort  / filter  p pause  ? help  q quit"

Span = str | tuple[str, str]  # text, or text and its style in rich's words


def _cut(text: str, width: int) -> str:
    from rich.cells import cell_len, set_cell_size

    return text if cell_len(text) <= width else set_cell_size(text, max(0, width))


def _place(text: str, width: int) -> str:
    return _cut(places.shorten(text, width), width)


COLUMNS = (
    Column("number"),
    Column("name", right=False, shorten=_cut, least=10, style="cyan"),
    Column("state", right=False),
    Column("for"),
    Column("call", 1, right=False, shorten=_cut, least=6),
    Column("where", 2, right=False, shorten=_place, least=16),
    Column("waited", 3),
    Column("late", 4),
    Column("running", 5),
    Column("waits", 6),
)

SORTS: dict[str, Callable[[Doing], tuple[int | str, ...]]] = {
    "state": lambda doing: (STATES.index(doing.record.state), -doing.for_),
    "for": lambda doing: (-doing.for_,),
    "waited": lambda doing: (-doing.wait,),
    "late": lambda doing: (-doing.late,),
    "running": lambda doing: (-doing.running,),
    "waits": lambda doing: (-doing.record.waits,),
    "number": lambda doing: (doing.record.number,),
    "name": lambda doing: (doing.record.name,),
}


def header(run: Run, now: Rates, is_paused: bool = False, has_blocks: bool = True) -> list[list[Span]]:
    """Lines about the run as a whole, as pieces of text."""
    over = "" if run.state == "live" else f"  {run.state}"
    lines: list[list[Span]] = [
        [
            ("ocoro top: ", "bold"),
            (visible(run.program), "bold cyan"),
            f"  pid {run.pid}  wall {duration(run.wall)}",
            (over, "bold red" if run.state == "killed" else "bold"),
            ("  paused" if is_paused else "", "bold yellow"),
        ],
        [
            f"{now.calls:,.0f} calls/s  {now.switches:,.0f} switches/s  ready delay {duration(now.delay)}"
            f"  overlapped {percent(run.overlapped)}"
        ],
        [
            f"running {percent(now.running)}  blocked {percent(now.blocked)}  idle {percent(now.idle)}  ",
            *_bar(now, has_blocks),
        ],
        [_population(run)],
    ]
    return lines + [[(f"problem: {problem}", "yellow")] for problem in run.problems[:1]]


def _population(run: Run) -> str:
    """How many coroutines there are and what they do; of an ended run, how many there were."""
    in_all, at_most = plural(run.coroutines, "coroutine"), f"{run.coroutines_most:,} at most"
    if run.state == "ended":
        return f"{in_all}, {at_most}"
    states = [record.state for record in run.coroutine_records]
    alive = ", ".join(f"{states.count(state):,} {state}" for state in STATES[:3])
    return f"{plural(len(states) - states.count('ended'), 'coroutine')}: {alive}; {run.coroutines:,} in all, {at_most}"


def _bar(now: Rates, has_blocks: bool) -> list[Span]:
    shares = (now.running, now.blocked, now.idle)
    if not sum(shares):
        return []
    ends = [round(BAR * min(1.0, sum(shares[: position + 1]))) for position in range(3)]
    sizes = [end - start for start, end in zip([0, *ends], ends, strict=False)]
    return [(mark * size, style) for mark, size, style in zip(MARKS[has_blocks], sizes, STYLES, strict=True)]


def chosen(run: Run, sort: str, text: str = "") -> list[Doing]:
    """The coroutines that the filter `text` lets through, in the order of `sort`."""
    found = sorted(doings(run), key=lambda doing: (*SORTS[sort](doing), doing.record.number))
    wanted = text.casefold()
    return [each for each in found if wanted in _searched(each, run.directory).casefold()] if wanted else found


def _searched(doing: Doing, directory: str) -> str:
    """What a filter looks at; a line each, as no filter holds a line's end."""
    return "\n".join(_cells(doing, directory)[1:6])


def rows(found: Iterable[Doing], directory: str) -> list[list[str]]:
    """The cells of each coroutine, of a run that was started from `directory`."""
    return [_cells(each, directory) for each in found]


def _cells(doing: Doing, directory: str) -> list[str]:
    record = doing.record
    is_at = record.site is not None and record.state != "running"  # else it is where it waited last
    return [
        str(record.number),
        visible(record.name),
        record.state,
        time_cell(doing.for_),
        visible(record.site.call) if is_at and record.site else "",
        places.place(record.site, directory) if is_at and record.site else "",
        time_cell(doing.wait),
        time_cell(doing.late),
        time_cell(doing.running),
        count_cell(record.waits),
    ]


def columns(sort: str) -> list[Column]:
    """The columns, the one that is sorted by marked."""
    return [replace(column, title=f"[{column.title}]") if column.title == sort else column for column in COLUMNS]


def page_of(run: Run, height: int) -> int:
    """How many coroutines there is room for on a screen of `height` lines."""
    return max(1, height - len(header(run, rates(None, run))) - 3)  # an empty line, the titles, the keys


def within(choice: Choice, total: int, page: int) -> Choice:
    """The choice, scrolled no further than to where the last row is at the bottom."""
    return replace(choice, first=min(choice.first, max(0, total - page)))


def screen(
    run: Run,
    now: Rates,
    choice: Choice,
    shown: Sequence[Doing],
    width: int,
    height: int,
    has_blocks: bool = True,
) -> Group:
    """A picture of exactly this size, in characters; `shown` are the coroutines from `chosen`."""
    from rich.console import Group
    from rich.text import Text

    page = page_of(run, height)
    lines: list[RenderableType] = [_text(spans, width) for spans in header(run, now, choice.is_paused, has_blocks)]
    lines.append(Text())
    if choice.is_help:
        page_rows: Sequence[Sequence[str]] = HELP[:page]
        lines.append(tables.fitted(_HELP_COLUMNS, page_rows, width))
    else:
        page_rows = rows(shown[choice.first : choice.first + page], run.directory)
        lines.append(tables.fitted(columns(choice.sort), page_rows, width))
    lines += [Text()] * (page - len(page_rows))
    lines.append(_text(_footer(choice, len(shown), len(page_rows)), width))
    return Group(*lines)


_HELP_COLUMNS = (Column("key", right=False), Column("what it does", right=False, shorten=_cut, least=8))


def _footer(choice: Choice, total: int, count: int) -> list[Span]:
    if choice.is_typing:
        return [("filter: ", "bold"), visible(choice.text), ("_", "blink"), "  (enter keeps it, escape shows all)"]
    filtered = f"  filter: {visible(choice.text)}" if choice.text else ""
    part = f"  {choice.first + 1:,} to {choice.first + count:,} of {total:,}" if count < total else ""
    return [(FOOTER, "dim"), filtered, part]


def _text(spans: Sequence[Span], width: int) -> RenderableType:
    from rich.text import Text

    shown = [visible(each) if isinstance(each, str) else (visible(each[0]), each[1]) for each in spans]
    text = Text.assemble(*shown, no_wrap=True)
    text.truncate(width)
    return text
