"""`ocoro runs`: which runs are recorded, and removing them."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Any

import click

from ocoro.cli import clicked
from ocoro.cli.errors import UsageError, complain
from ocoro.cli.recorded import runs
from ocoro.cli.recorded.entry import SUFFIX, is_recording
from ocoro.cli.show.page import COLORS, Page
from ocoro.cli.show.tables import Column
from ocoro.cli.show.units import size_cell, time_cell

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ocoro.cli.recorded.entry import Entry

HELP = """\
List the recorded runs, the newest first.

RUN is last, -2 for the one before the last, a process id, a name or a part of one, or a file. Without any, all runs are
listed.
"""
SCHEMA = "ocoro.runs/1"
COLUMNS = (
    Column("name", right=False),
    Column("started", 4, right=False),
    Column("ago", 3),
    Column("program", 6, right=False, style="cyan"),
    Column("state", 1, right=False),
    Column("wall", 2),
    Column("size", 5),
)
AGES = ((86400, "d"), (3600, "h"), (60, "min"))


def main(arguments: list[str]) -> int:
    """Return the exit status; UsageError when a run is meant that there is not."""
    return clicked.run(command(), arguments)


def command() -> click.Command:
    """The command as click sees it."""
    return click.Command(
        "runs",
        callback=_run,
        params=[
            click.Option(["--all"], is_flag=True, help="Give each process of a run a line of its own."),
            click.Option(["--json"], is_flag=True, help="Print JSON: times in nanoseconds, sizes in bytes."),
            click.Option(["--remove"], is_flag=True, help="Remove the runs that are named."),
            click.Option(["--color"], type=click.Choice(COLORS), default="auto", help="Whether to use colours."),
            click.Argument(["names"], metavar="[RUN]...", nargs=-1),
        ],
        help=HELP,
        context_settings={"ignore_unknown_options": True},  # -2 is a run
    )


def _run(all: bool, json: bool, remove: bool, color: str, names: tuple[str, ...]) -> int:
    chosen = _chosen(names)
    if remove:
        return _remove(chosen, names)
    unreadable = [each for run in chosen for each in run if each.problem]
    chosen = [readable for run in chosen if (readable := [each for each in run if not each.problem])]
    if json:
        print(as_json(chosen))
    elif chosen:
        Page(sys.stdout, color).table(COLUMNS, rows(chosen, all, time.time()))
    elif not unreadable:
        _say_why_there_is_none(runs.default_directory())
    if unreadable:
        complain(f"note: {runs.not_read(unreadable)}")
    return 0


def _say_why_there_is_none(folder: str) -> None:
    try:
        os.listdir(folder)
    except FileNotFoundError:
        pass
    except OSError as problem:
        raise UsageError(
            f"cannot read {folder}", problem.strerror or str(problem), "have OCORO_DIR name another folder"
        ) from None
    complain(f"no run is recorded in {folder}; 'ocoro run script.py' records one")


def _chosen(names: Sequence[str]) -> list[list[Entry]]:
    """The runs that are named, or all; each as its processes."""
    if not names:
        return runs.by_run(runs.listing(runs.default_directory(), unreadable=True))
    firsts = dict.fromkeys(runs.processes(_file(name))[0] for name in names)
    found = (runs.entries(runs.processes(path)) for path in firsts)
    return [run for run in found if run]


def _file(name: str) -> str:
    """The file of the run; UsageError for a file that is no recording, as --remove would remove it."""
    path = runs.find(name)
    if not (path.endswith(SUFFIX) or is_recording(path)):  # the suffix may stand for a recording that is damaged
        raise UsageError(
            f"{path} is no recording of ocoro", "it does not begin as one", "'ocoro runs' lists the recordings"
        )
    return path


def _remove(chosen: list[list[Entry]], names: Sequence[str]) -> int:
    if not names:
        raise UsageError("--remove removes nothing by itself", "no run is named", "name runs: 'ocoro runs --remove -2'")
    for run in chosen:
        living = next((each for each in run if each.state == "live"), None)
        if living:
            raise UsageError(
                f"{run[0].name} cannot be removed",
                f"process {living.pid} still runs",
                "end it first, or name other runs",
            )
    failed = runs.remove(each.path for run in chosen for each in run)
    for folder in {os.path.dirname(run[0].path) for run in chosen}:
        _mend_last(folder)
    if failed:
        raise UsageError(f"cannot remove {failed[0]}", "its folder cannot be written to", "see who owns the folder")
    return 0


def _mend_last(folder: str) -> None:
    try:
        runs.mend_last(folder)
    except OSError:
        pass  # nothing depends on the link


def rows(chosen: Iterable[Sequence[Entry]], all: bool, now: float) -> list[list[str]]:
    """The cells of each line; `now` in seconds since 1970."""
    return [_row(each, len(run), all, now) for run in chosen for each in (run if all else run[:1])]


def _row(entry: Entry, processes: int, all: bool, now: float) -> list[str]:
    others = f" (+{processes - 1})" if processes > 1 and not all else ""
    return [
        entry.name if entry.is_first else f"  {entry.name}",
        local_time(entry.started),
        age(now - entry.started / 1e9),
        entry.program + others,
        entry.state,
        time_cell(entry.wall),
        size_cell(entry.size),
    ]


def as_json(chosen: Iterable[Sequence[Entry]]) -> str:
    """All that is known; times are whole nanoseconds, sizes are bytes."""
    import json

    found = [_process(run[0]) | {"processes": [_process(each) for each in run]} for run in chosen]
    return json.dumps({"schema": SCHEMA, "runs": found}, indent=2)


def _process(entry: Entry) -> dict[str, Any]:
    return {
        "name": entry.name,
        "path": entry.path,
        "run_id": entry.run_id,
        "pid": entry.pid,
        "program": entry.program,
        "command": entry.command,
        "directory": entry.directory,
        "started_ns": entry.started,
        "state": entry.state,
        "wall_ns": entry.wall,
        "size": entry.size,
    }


def local_time(nanoseconds: int) -> str:
    """Date and time of day here; a dash for what no clock shows, from a damaged file."""
    try:
        return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(nanoseconds / 1e9))
    except (ValueError, OverflowError, OSError):
        return "-"


def age(seconds: float) -> str:
    """A time in its largest unit."""
    for length, unit in AGES:
        if seconds >= length:
            return f"{seconds / length:,.0f} {unit}"
    return f"{max(0.0, seconds):.0f} s"
