"""The report at the end of a run: where the time went, as a table or as one line.

It runs inside the user's program while that ends. So it never raises, it writes to file descriptor 2 only (`sys.stderr`
may be closed, replaced or captured by then), and it imports rich, which is not small, only for the table.
"""

from __future__ import annotations

import os

from ocoro.cli.notices import plain

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.table import Table

    from ocoro.runtime.summary import CallSummary, Summary

STDERR = 2
CALLS_IN_LINE = 8
WIDTH_UNKNOWN = 80
WIDTH_LEAST = 60  # a terminal that is narrower wraps the lines, which says more than cutting off digits
UNITS = ((1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "us"))


def show(summary: Summary, mode: str) -> None:
    """Write the report; `mode` is auto, table, line or none, where auto is a table on a terminal and else a line."""
    warning = f"warning: not all of this run is recorded: {summary.unrecorded}\n" if summary.unrecorded else ""
    try:
        _write(warning + ("" if mode == "none" else _text(summary, mode)))
    except Exception:  # the program has ended as it should; nothing about a report may change that
        return


def _text(summary: Summary, mode: str) -> str:
    if mode == "line" or (mode == "auto" and not os.isatty(STDERR)):
        return line(summary)
    try:
        return table(summary)
    except Exception:  # for instance when the program's own folder holds another module named rich
        return line(summary)


def _write(text: str) -> None:
    data = text.encode("utf-8", "backslashreplace")
    while data:
        data = data[os.write(STDERR, data) :]


def line(summary: Summary) -> str:
    """One line that always has the same fields in the same order; times in seconds."""
    calls = " ".join(f"{call.name} {call.count}" for call in summary.calls[:CALLS_IN_LINE])
    return (
        f"ocoro: wall {_seconds(summary.wall)} s = running {_seconds(summary.running)}"
        f" + idle {_seconds(summary.idle)} + blocked {_seconds(summary.blocked)};"
        f" waits {_seconds(summary.waits)} s, overlapped {_percent(summary)};"
        f" coroutines {summary.coroutines} (most at once {summary.coroutines_most}), switches {summary.switches};"
        f" {calls or 'no waits'}{f'; more: {next_step(summary)}' if summary.recorded else ''}\n"
    ) + "".join(f"ocoro: {each}\n" for each in remarks(summary))


def next_step(summary: Summary) -> str:
    """The command that says more about the run."""
    name = os.path.basename(summary.recorded)
    number = f"-{os.getpid()}.ocoro"
    return f"ocoro stats {os.getpid() if name.endswith(number) else _quoted(summary.recorded)}"


def _quoted(path: str) -> str:
    """As a shell wants it, on one line."""
    safe = path.isprintable() and not set(path) & set(" \t'\"\\$`!*?[](){}<>|&;#~")
    return path if safe else repr(path)


def remarks(summary: Summary) -> Iterable[str]:
    """What the user can do something about."""
    yield from rescues(summary)
    for place, count in summary.stalls:
        yield f"stall: {count:,} times in all at {plain(place)}"
    for function, reason in summary.offload_failed:
        yield f"--offload {function} had no effect: {reason}"


def rescues(summary: Summary) -> Iterable[str]:
    """Where a hook is missing."""
    for place, count in summary.rescues:
        often = "once" if count == 1 else f"{count:,} times"
        yield f"no hook for the call at {plain(place)}: it held up others and was interrupted {often}"


def _seconds(time: int) -> str:
    return f"{time / 1e9:.3f}" if time < 100e9 else f"{time / 1e9:.1f}"


def _percent(summary: Summary) -> str:
    return f"{summary.overlapped:.1%}".replace("%", " %")


def table(summary: Summary) -> str:
    """The header and a row per call, in the width and the colours of the terminal."""
    from io import StringIO

    from rich.console import Console

    text = StringIO()
    no_color = os.environ.get("NO_COLOR")  # see no-color.org: set and not empty
    console = Console(
        file=text,
        width=_width(),
        force_terminal=os.isatty(STDERR) and not no_color,
        color_system=None if no_color else "auto",
        highlight=False,
        markup=False,
        emoji=False,
    )
    for each in header(summary):
        console.print(each, soft_wrap=True)
    if summary.calls:
        console.print(_rows(summary.calls))
    return text.getvalue()


def _width() -> int:
    try:
        return max(WIDTH_LEAST, os.get_terminal_size(STDERR).columns or WIDTH_UNKNOWN)
    except OSError:
        return WIDTH_UNKNOWN


def header(summary: Summary) -> Iterable[str]:
    """What belongs to the run as a whole, as a few lines."""
    yield (
        f"ocoro: wall {duration(summary.wall)} = running {duration(summary.running)}"
        f" + idle {duration(summary.idle)} + blocked {duration(summary.blocked)}; CPU {duration(summary.cpu)}"
    )
    yield f"       waits {duration(summary.waits)} in sum, overlapped {_percent(summary)}"
    yield (
        f"       coroutines {summary.coroutines:,} (most at once {summary.coroutines_most:,}),"
        f" switches {summary.switches:,}"
    )
    for each in remarks(summary):
        yield f"       {each}"
    if summary.recorded:
        yield f"       more: {next_step(summary)}"


def _rows(calls: Iterable[CallSummary]) -> Table:
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("call", style="cyan", no_wrap=True)
    for title in ("count", "total wait", "p50", "p99", "max"):
        table.add_column(title, justify="right", no_wrap=True)
    for call in calls:
        times = (call.wait, call.p50, call.p99, call.max)
        table.add_row(call.name, f"{call.count:,}", *map(duration, times))
    return table


def duration(time: int) -> str:
    """Nanoseconds in the largest unit that leaves a number of at least 1, with three digits."""
    for size, unit in UNITS:
        if time >= size:
            number = time / size
            digits = 2 if number < 9.995 else 1 if number < 99.95 else 0
            return f"{number:,.{digits}f} {unit}"
    return f"{time} ns"
