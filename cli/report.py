"""The report at the end of a run: where the time went, as a table or as one line.

It runs inside the user's program while that ends. So it never raises, it writes to file descriptor 2 only (`sys.stderr`
may be closed, replaced or captured by then), and it imports nothing that the program may have under its name: the table
is made by hand.
"""

from __future__ import annotations

import os

from ocoro.cli.visible import visible

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from collections.abc import Iterable

    from ocoro.runtime.summary import CallSummary, Summary

STDERR = 2
CALLS_IN_LINE = 8
GAP = 2  # spaces between two columns
TITLES = ("call", "count", "total wait", "p50", "p99", "max")
BOLD, CYAN, PLAIN = "\x1b[1m", "\x1b[36m", "\x1b[0m"
UNITS = ((1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "us"))


def show(summary: Summary, mode: str) -> None:
    """Write the report; `mode` is auto, table, line or none, where auto is a table on a terminal and else a line."""
    warning = f"warning: not all of this run is recorded: {visible(summary.unrecorded)}\n" if summary.unrecorded else ""
    try:
        _write(warning + ("" if mode == "none" else _text(summary, mode)))
    except Exception:  # the program has ended as it should; nothing about a report may change that
        return


def _text(summary: Summary, mode: str) -> str:
    is_line = mode == "line" or (mode == "auto" and not os.isatty(STDERR))
    return line(summary) if is_line else table(summary)


def _write(text: str) -> None:
    data = text.encode("utf-8", "backslashreplace")
    while data:
        data = data[os.write(STDERR, data) :]


def line(summary: Summary) -> str:
    """One line that always has the same fields in the same order; times in seconds."""
    calls = " ".join(f"{visible(call.name)} {call.count}" for call in summary.calls[:CALLS_IN_LINE])
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
        yield f"stall: {count:,} times in all at {visible(place)}"
    for function, reason in summary.offload_failed:
        yield f"--offload {function} had no effect: {reason}"


def rescues(summary: Summary) -> Iterable[str]:
    """Where a hook is missing."""
    for place, count in summary.rescues:
        often = "once" if count == 1 else f"{count:,} times"
        yield f"no hook for the call at {visible(place)}: it held up others and was interrupted {often}"


def _seconds(time: int) -> str:
    return f"{time / 1e9:.3f}" if time < 100e9 else f"{time / 1e9:.1f}"


def _percent(summary: Summary) -> str:
    return f"{summary.overlapped:.1%}".replace("%", " %")


def table(summary: Summary) -> str:
    """The header and a row per call, in colours on a terminal that has them."""
    rows = [TITLES, *map(_cells, summary.calls)] if summary.calls else []
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [_aligned(row, widths) for row in rows]
    if _is_colored():
        first = widths[0] if widths else 0
        lines[:1] = [f"{BOLD}{title}{PLAIN}" for title in lines[:1]]
        lines[1:] = [f"{CYAN}{row[:first]}{PLAIN}{row[first:]}" for row in lines[1:]]
    return "".join(f"{each}\n" for each in (*header(summary), *lines))


def _cells(call: CallSummary) -> tuple[str, ...]:
    return visible(call.name), f"{call.count:,}", *map(duration, (call.wait, call.p50, call.p99, call.max))


def _aligned(row: Iterable[str], widths: list[int]) -> str:
    """The first column to the left, numbers to the right."""
    cells = [cell.rjust(width) for cell, width in zip(row, widths, strict=True)]
    return (" " * GAP).join([cells[0].lstrip().ljust(widths[0]), *cells[1:]])


def _is_colored() -> bool:
    """NO_COLOR: see no-color.org: set and not empty."""
    is_able = os.environ.get("TERM", "dumb") not in ("dumb", "unknown", "")
    return is_able and not os.environ.get("NO_COLOR") and os.isatty(STDERR)


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


def duration(time: int) -> str:
    """Nanoseconds in the largest unit that leaves a number of at least 1, with three digits."""
    for size, unit in UNITS:
        if time >= size:
            number = time / size
            digits = 2 if number < 9.995 else 1 if number < 99.95 else 0
            return f"{number:,.{digits}f} {unit}"
    return f"{time} ns"
