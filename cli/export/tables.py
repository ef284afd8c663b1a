"""The tables of the HTML page: each column is a row of a table here. They are complete without JavaScript.

A cell that sorts by something else than its text says so in `data-key`.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from posixpath import split
from typing import TYPE_CHECKING, Generic, TypeVar

from ocoro.cli import report
from ocoro.cli.recorded.histogram import Histogram, middle
from ocoro.cli.recorded.model import BLOCKED, Aggregate, CoroutineRecord, Run, Site
from ocoro.cli.show import units
from ocoro.cli.show.blocking import Key, key, who_was_held_up
from ocoro.cli.show.fields import COROUTINE_FIELDS, quantile
from ocoro.cli.show.select import by_call, by_site, is_call
from ocoro.cli.visible import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

COLOURS = 8  # of waits; the last one serves all further calls
NAMES_SHOWN = 3
MOST_ROWS = 1_000  # of a table: laying out 5,000 takes a browser seconds
OCTAVES_LEAST = 12  # bars in a histogram
BAR_WIDTH, BAR_HEIGHT = 4, 20
NOTHING = '<span class="nothing">&ndash;</span>'
VISIBLE = {code: 0x2400 + code for code in range(32)} | {127: 0x2421}  # control characters: Unicode's pictures of them

T = TypeVar("T")


def text(value: object) -> str:
    """Markup that shows `value` as it is, whatever it contains."""
    return escape(shown(value))


def shown(value: object) -> str:
    """`value` on one line, and in the order of its letters."""
    return visible(str(value).translate(VISIBLE))


def duration(time: int) -> str:
    """Nanoseconds as the reports say them, with the micro sign."""
    return report.duration(time).replace("us", "µs")


@dataclass(frozen=True)
class Column(Generic[T]):
    """`show` gives markup; `key` the number to sort by, in a column of numbers."""

    title: str
    show: Callable[[T], str]
    key: Callable[[T], int] | None = None
    style: str = ""  # CSS class of the cells


def _number(title: str, key: Callable[[T], int], show: Callable[[int], str]) -> Column[T]:
    return Column(title, lambda row: show(key(row)), key, "number")


def _count(value: int) -> str:
    return f"{value:,}" if value else NOTHING


def _time(value: int) -> str:
    return text(duration(value)) if value else NOTHING


def _size(value: int) -> str:
    return " ".join(units.size_cell(value).split()) if value else NOTHING


def table(caption: str, columns: list[Column[T]], rows: list[T], sorted_by: str) -> str:
    """The markup of a table in a box that scrolls; `rows` are sorted already, descending by column `sorted_by`."""
    head = "".join(_header(column, column.title == sorted_by) for column in columns)
    body = "\n".join(f"<tr>{''.join(_cells(columns, row))}</tr>" for row in rows[:MOST_ROWS])
    if len(rows) > MOST_ROWS:
        caption += f" The first {MOST_ROWS:,} of {len(rows):,} by {sorted_by}."
    return (
        f'<div class="scroll" role="region" aria-label="{text(caption)}" tabindex="0"><table>'
        f"<caption>{text(caption)}</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>"
    )


def _header(column: Column[T], is_sorted: bool) -> str:
    style = f' class="{column.style}"' if column.style else ""
    order = ' aria-sort="descending"' if is_sorted else ""
    return f'<th scope="col"{style}{order}><span>{text(column.title)}</span></th>'


def _cells(columns: list[Column[T]], row: T) -> Iterable[str]:
    for position, column in enumerate(columns):
        tag, scope = ("th", ' scope="row"') if position == 0 else ("td", "")
        style = f' class="{column.style}"' if column.style else ""
        key = f' data-key="{column.key(row)}"' if column.key else ""
        yield f"<{tag}{scope}{style}{key}>{column.show(row)}</{tag}>"


def calls_by_weight(run: Run) -> list[Aggregate]:
    """One sum for each kind of call, the longest total wait first. Their order is that of the colours."""
    return by_call(filter(is_call, run.aggregates))


def swatch(colour: int) -> str:
    """A small square in the colour of a call; `colour` is its place among `calls_by_weight`."""
    return f'<i class="swatch wait-{min(colour, COLOURS - 1)}" aria-hidden="true"></i>'


def calls(run: Run) -> str:
    """A row for each kind of call."""
    rows = calls_by_weight(run)
    colours = {row.site.call: swatch(colour) for colour, row in enumerate(rows)}
    first = Column[Aggregate]("call", lambda row: colours[row.site.call] + text(row.site.call))
    return table("Each kind of call, over all places. " + _legend(rows), [first, *_sums(rows)], rows, "total wait")


def sites(run: Run) -> str:
    """A row for each call at each place."""
    rows = by_site(filter(is_call, run.aggregates))
    first = Column[Aggregate]("call", lambda row: text(row.site.call))
    second = Column[Aggregate]("place", lambda row: place(row.site, run.directory), style="place")
    caption = "Each call at each place in the program. " + _legend(rows)
    return table(caption, [first, second, *_sums(rows)], rows, "total wait")


def place(site: Site, directory: str) -> str:
    """Where `site` is: folders dimmed, and those above the run's own `directory` left to the title."""
    if not site.file:
        return '<span class="nothing">(elsewhere)</span>'
    shown = site.file.removeprefix(directory.rstrip("/") + "/") if directory else site.file
    folder, name = split(shown)
    dimmed = f'<span class="folder">{text(folder.rstrip("/"))}/</span>' if folder else ""
    where = f"{dimmed}{text(name)}:{site.line}"
    function = f' <span class="folder">{text(site.function)}</span>' if site.function else ""
    return f'<code title="{text(site.file)}">{where}{function}</code>'


def _sums(rows: list[Aggregate]) -> list[Column[Aggregate]]:
    first, last = _octaves(rows)
    return [
        _number("calls", lambda row: row.calls, _count),
        _number("waits", lambda row: row.waits, _count),
        _number("errors", lambda row: row.errors, _count),
        _number("bytes", lambda row: row.bytes, _size),
        _number("total wait", lambda row: row.wait, _time),
        _number("p50", lambda row: quantile(row, 0.5), _time),
        _number("p99", lambda row: quantile(row, 0.99), _time),
        _number("max", lambda row: row.longest, _time),
        _number("late", lambda row: row.late, _time),
        Column("spread", lambda row: _spread(row.histogram, first, last) if row.wait else NOTHING, style="spread"),
    ]


def _octaves(rows: list[Aggregate]) -> tuple[int, int]:
    """The powers of two that the shortest and the longest waits of a table lie in, wide enough for a picture.

    Waits of no length at all, as those of a yield, do not widen it.
    """
    waits = [middle(bucket) for row in rows for bucket in row.histogram.counts if bucket > 0] or [1]
    first, last = (each.bit_length() - 1 for each in (min(waits), max(waits)))
    return max(0, min(first, last - OCTAVES_LEAST + 1)), max(last, OCTAVES_LEAST - 1)


def _legend(rows: list[Aggregate]) -> str:
    first, last = _octaves(rows)
    return (
        f"Spread: the single waits from {duration(1 << first)} to {duration(2 << last)}, each bar twice the one before."
    )


def _spread(histogram: Histogram, first: int, last: int) -> str:
    """A bar for each power of two nanoseconds; one that counts anything is at least a pixel high."""
    counts = histogram.by_octave(first, last)
    most = max(counts)
    if not most:
        return NOTHING
    width = len(counts) * BAR_WIDTH
    bars = "".join(_bar(position, count / most) for position, count in enumerate(counts) if count)
    mode = first + counts.index(most)
    label = f"{most:,} of {sum(counts):,} between {duration(1 << mode)} and {duration(2 << mode)}"
    return (
        f'<svg viewBox="0 0 {width} {BAR_HEIGHT}" preserveAspectRatio="none" role="img" aria-label="{label}">'
        f'<title>{label}</title><path d="M0 {BAR_HEIGHT}h{width}v-.5H0z{bars}"/></svg>'
    )


def _bar(position: int, share: float) -> str:
    height = max(1, round(share * BAR_HEIGHT))
    return f"M{position * BAR_WIDTH} {BAR_HEIGHT}v-{height}h{BAR_WIDTH - 1}V{BAR_HEIGHT}z"


def coroutines(run: Run) -> str:
    """A row for each coroutine that the recording still knows."""
    wait = _figure("wait", run)
    rows = sorted(run.coroutine_records, key=lambda row: (-wait(row), row.number))
    columns = [
        Column[CoroutineRecord]("name", lambda row: text(row.name)),
        _number("number", lambda row: row.number, str),
        Column[CoroutineRecord]("state", lambda row: text(row.state)),
        _number("started", lambda row: row.started, duration),
        _number("lived", lambda row: max(0, (run.wall if row.ended is None else row.ended) - row.started), _time),
        _number("running", _figure("running", run), _time),
        _number("waits", lambda row: row.waits, _count),
        _number("total wait", wait, _time),
        _number("late", _figure("late", run), _time),
        Column[CoroutineRecord]("latest wait", lambda row: _latest(row, run.directory), style="place"),
    ]
    missing = run.coroutines - len(rows)
    known = f"The latest {len(rows):,} of {run.coroutines:,} coroutines." if missing > 0 else "All coroutines."
    return table(f"{known} Times count from the start of the run.", columns, rows, "total wait")


def _figure(key: str, run: Run) -> Callable[[CoroutineRecord], int]:
    """What stats says of a coroutine, in nanoseconds: what it does at the end is part of the sums."""
    field = next(each for each in COROUTINE_FIELDS if each.key == key)
    return lambda row: int(field.value(row, run) or 0)


def _latest(row: CoroutineRecord, directory: str) -> str:
    return f"{text(row.site.call)} {place(row.site, directory)}" if row.site else NOTHING


@dataclass(slots=True)
class _Stall:
    """What the events tell about a place that blocked the thread: times in nanoseconds."""

    longest: int = 0
    ready: int = 0  # coroutines that were ready meanwhile, at most


def blocked(run: Run) -> str:
    """The places that held the thread, and who was ready meanwhile and could not run."""
    rows = sorted((each for each in by_site(run.aggregates) if each.blocked), key=lambda row: -row.blocked)
    if not rows:
        return '<p class="note">Nothing blocked the thread.</p>'
    stalls, held, names = _stalls(run), who_was_held_up(run), run.names()
    nothing = _Stall()
    columns = [
        Column[Aggregate]("place", lambda row: _stalled_at(row.site, run.directory), style="place"),
        _number("blocked", lambda row: row.blocked, _time),
        _number("longest", lambda row: _longest(row, stalls.get(key(row.site), nothing)), _time),
        _number("held up, in sum", lambda row: row.held, _time),
        _number("ready meanwhile, at most", lambda row: stalls.get(key(row.site), nothing).ready, _count),
        Column[Aggregate]("who was held up", lambda row: _who(held.get(key(row.site), {}), names), style="who"),
    ]
    caption = "Where the thread was held, and the coroutines that were ready meanwhile."
    return table(caption, columns, rows, "blocked")


def _stalled_at(site: Site, directory: str) -> str:
    return place(site, directory) if site.call == BLOCKED else f"{text(site.call)} {place(site, directory)}"


def _longest(row: Aggregate, stall: _Stall) -> int:
    """Where a call is hooked, its own longest is a wait, and only the events tell."""
    return max(stall.longest, row.longest if row.site.call == BLOCKED else 0)


def _stalls(run: Run) -> dict[Key, _Stall]:
    found: dict[Key, _Stall] = {}
    for event in run.events:
        if event.kind == "blocked" and event.site is not None:
            stall = found.setdefault(key(event.site), _Stall())
            stall.longest = max(stall.longest, event.end - event.start)
            stall.ready = max(stall.ready, event.value)
    return found


def _who(times: Mapping[int, int], names: dict[int, str]) -> str:
    held = sorted(times.items(), key=lambda item: (-item[1], item[0]))
    if not held:
        return NOTHING
    shown = ", ".join(
        f"{text(names.get(number, f'coroutine {number}'))} <span>{duration(time)}</span>"
        for number, time in held[:NAMES_SHOWN]
    )
    rest = len(held) - NAMES_SHOWN
    return f"{shown} and {rest:,} more" if rest > 0 else shown
