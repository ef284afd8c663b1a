"""`ocoro dump`: every coroutine of a running program, with its state, its age and its whole stack."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from ocoro.cli import clicked
from ocoro.cli.dumped.model import DumpError
from ocoro.cli.errors import UsageError, complain
from ocoro.cli.recorded import entry, runs
from ocoro.cli.show.argument import RunCommand
from ocoro.cli.show.units import plural
from ocoro.cli.visible import visible

if TYPE_CHECKING:
    from ocoro.cli.dumped.model import Shown
    from ocoro.cli.recorded.model import Run

HELP = """\
Print every coroutine of a running program, with its state, its age and its whole stack.

RUN is a process id, last, -2 for the one before the last, a name or a part of one, or a file. Without one, it is the
newest run that still goes on. The program is asked, and goes on. If it does not answer, as C code keeps the
interpreter's lock, its memory is read; where that is not permitted, what the recording knows is printed, without
stacks.
"""
ASKED, READ, KNOWN = "program", "memory", "recording"  # where the answer comes from
WORDS = {
    ASKED: "as it says itself",
    READ: "as its memory says",
    KNOWN: "as its recording says, without stacks: only the place of the latest wait",
}
SECOND = 1_000_000_000


def main(arguments: list[str]) -> int:
    """Return the exit status; UsageError when a run is meant that there is not, or that has ended."""
    return clicked.run(command(), arguments)


def command() -> click.Command:
    """The command as click sees it."""
    return RunCommand(
        "dump",
        callback=_run,
        params=[
            click.Option(["--json"], is_flag=True, help="JSON, with times in nanoseconds."),
            click.Argument(["name"], metavar="[RUN]", required=False),
        ],
        help=HELP,
    )


def _run(json: bool, name: str | None) -> None:
    from ocoro.cli.recorded.reader import read

    path = _path(name)
    run = read(path, events=False)
    if run.state != "live":
        raise UsageError(
            f"{visible(run.program or os.path.basename(path))} does not run any more",
            f"its process {run.pid} has ended" if run.pid else "its process has recorded nothing",
            "'ocoro stats' says where a run spent its time, 'ocoro top' lists those that go on",
        )
    source, coroutines = _coroutines(run)
    if json:
        _print_json(run, source, coroutines)
    else:
        _print(run, source, coroutines)
    sys.stdout.flush()


def _path(name: str | None) -> str:
    """The file of the run; of a process that lives and has none it is said why it cannot be dumped."""
    try:
        return runs.find(name, live=True)
    except UsageError:
        if name is None or not entry.is_number(name) or not os.path.isdir(f"/proc/{int(name)}"):
            raise
        raise UsageError(
            f"process {int(name)} is not recorded, so nothing leads to its coroutines",
            "it was not started by 'ocoro run', or with --no-record, or its recording is in another folder (OCORO_DIR)",
            "start it by 'ocoro run' without --no-record; --dump-signal works without a recording",
        ) from None


def _coroutines(run: Run) -> tuple[str, list[Shown]]:
    """From where the answer comes, and who there is; on standard error, why it comes not from the program."""
    from ocoro.cli.dumped import asked, inside, known

    try:
        _check(run)
    except DumpError as problem:
        _note(str(problem))
        return KNOWN, known.known(run)
    try:
        return ASKED, asked.ask(run.path, run.pid)
    except DumpError as problem:
        _note(str(problem))
    try:
        return READ, inside.read(run, _scheduler(run.path))
    except DumpError as problem:
        _note(str(problem))
    return KNOWN, known.known(run)


def _check(run: Run) -> None:
    """Whether the process is the one that records into the file: what else says so is a number in the file."""
    try:
        inode = os.stat(run.path).st_ino
        with open(f"/proc/{run.pid}/maps", "rb") as file:
            if any(line.split(maxsplit=5)[4] == b"%d" % inode for line in file):
                return
    except OSError as problem:
        raise DumpError(f"process {run.pid} cannot be looked at: {problem.strerror}") from None
    raise DumpError(f"process {run.pid} does not record into this file")


def _scheduler(path: str) -> int:
    """The address of the scheduler in the process, as its recording has it; 0 where it has none."""
    try:
        return int(entry.description(path).get("scheduler", "0"), 16)
    except ValueError:
        return 0


def _note(text: str) -> None:
    complain(f"note: {visible(text)}")


# -- for people --------------------------------------------------------------------------------------------------------


def _print(run: Run, source: str, coroutines: list[Shown]) -> None:
    program = visible(os.path.basename(run.program) or run.program or "a program")
    print(f"{program}, pid {run.pid}, Python {visible(run.python)}: {plural(len(coroutines), 'coroutine')},", end=" ")
    print(WORDS[source])
    names = {each.number: each.name for each in coroutines}
    for each in coroutines:
        print(_heading(each, names))
        for frame in each.frames:
            print(f"    {visible(f'{frame.file}:{frame.line} {frame.function}')}")


def _heading(shown: Shown, names: dict[int, str]) -> str:
    doing = f"{shown.state} in {shown.call}" if shown.call else shown.state
    left = f", {_seconds(shown.left)} left" if shown.left is not None else ""
    text = f"coroutine {shown.number} {shown.name}: {doing} for {_seconds(shown.lasted)}{left}{_wanted(shown, names)}"
    return visible(f"{text}; started {_seconds(shown.age)} ago")


def _wanted(shown: Shown, names: dict[int, str]) -> str:
    holder = f"{shown.holder} {names.get(shown.holder, '')}".rstrip() if shown.holder is not None else ""
    if not shown.lock or shown.state != "waiting":
        return ""
    if shown.joins and holder:
        return f", for the end of {holder}"
    return f", for {shown.lock}{f' held by {holder}' if holder else ''}"


def _seconds(time: float) -> str:
    return f"{time:.3f} s" if time < 10 else f"{time:.1f} s"


# -- for programs ------------------------------------------------------------------------------------------------------


def _print_json(run: Run, source: str, coroutines: list[Shown]) -> None:
    from ocoro.cli.show import machine

    document = {
        "pid": run.pid,
        "run": runs.known_as(run.path),
        "program": run.program,
        "python": run.python,
        "source": source,
        "coroutines": [_row(each) for each in coroutines],
    }
    sys.stdout.buffer.write(machine.as_json(document).encode("utf-8", "surrogateescape"))


def _row(shown: Shown) -> dict[str, Any]:
    return {
        "number": shown.number,
        "name": shown.name,
        "state": shown.state,
        "call": shown.call or None,
        "for_ns": _nanoseconds(shown.lasted),
        "age_ns": _nanoseconds(shown.age),
        "left_ns": None if shown.left is None else _nanoseconds(shown.left),
        "lock": shown.lock or None,
        "holder": shown.holder,
        "joins": shown.joins,
        "stack": [frame._asdict() for frame in shown.frames],
        "whole": shown.is_whole,
    }


def _nanoseconds(seconds: float) -> int:
    return max(0, round(seconds * SECOND))
