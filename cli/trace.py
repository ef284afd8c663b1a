"""`ocoro trace`: runs a program and tells each hooked call as it is made; or shows what was recorded of a run."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from ocoro.cli.errors import UsageError, complain
from ocoro.cli.tracing import arguments as asked
from ocoro.cli.visible import visible

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

    import click

    from ocoro.cli.argv import Arguments
    from ocoro.cli.recorded.model import Run
    from ocoro.cli.tracing.lines import Choice

HELP = """\
Run TARGET as `ocoro run` does, and tell each hooked call on standard error when it has ended: when, which coroutine,
the call with its arguments, the result, how long it took, whether it was suspended or blocked the thread, who ran
meanwhile, and where in the program.

Without TARGET, or with a RUN (a file *.ocoro, a pid, a part of its name, -2 for the run before last), show what was
recorded instead. --timeline and --export are for recorded runs, --strings is for a TARGET.
The options of `ocoro run` are understood, too.
"""
EXPORTS = {
    "chrome": "ocoro.cli.export.chrome",
    "perfetto": "ocoro.cli.export.perfetto",
    "speedscope": "ocoro.cli.export.speedscope",
    "collapsed": "ocoro.cli.export.collapsed",
    "html": "ocoro.cli.export.html",
}
EVENTS = 64 << 20  # bytes of the flight recorder of a traced run
WIDTH = 120  # columns of a timeline that goes to no terminal


def command() -> click.Command:
    """The command as click sees it."""
    import click

    return click.Command(
        "trace",
        params=[
            click.Option(
                ["--filter"],
                metavar="CALLS",
                default="",
                help="Only these calls: names or patterns, with commas; !NAME leaves one out.",
            ),
            click.Option(
                ["--slower-than"], metavar="TIME", default="", help="Only calls that took so long, such as 10ms."
            ),
            click.Option(
                ["--strings"], metavar="N", default="32", help="Show at most so many bytes of data; 32 by default."
            ),
            click.Option(["--strace"], is_flag=True, help="Print in the shape of 'strace -f -tt -T'."),
            click.Option(["-o", "--output"], metavar="FILE", default="", help="Write into this file instead."),
            click.Option(["--timeline"], is_flag=True, help="Draw the coroutines of a recorded run against time."),
            click.Option(
                ["--export"],
                metavar="|".join(EXPORTS),
                default="",
                help="Write a recorded run in another tool's format.",
            ),
            click.Option(["--help"], is_flag=True, help="Print this text and exit."),
        ],
        help=HELP,
        add_help_option=False,
        options_metavar="[OPTIONS] [[RUN-OPTIONS] [PYTHON-FLAGS] TARGET [ARGS]... | RUN]",
    )


def main(arguments: list[str]) -> int:
    """The exit status; of a traced program its own, as this process becomes the program."""
    from ocoro.cli.argv import split as split_run

    own, rest = split(arguments)
    if "help" in own:
        return _print_help()
    parts = split_run(rest)
    if not rest or asked.names_run(parts):
        return show_named(own, parts)
    _check_export(own)
    asked.check_program(own, " ".join(parts.target[:1]))
    return launch_traced(parts, asked.chosen(own))


def split(arguments: list[str]) -> tuple[dict[str, str], list[str]]:
    """The options of this command, which may stand among those of `ocoro run`, and the rest."""
    import click

    return asked.split(
        arguments, {each.opts[-1][2:]: each.is_flag for each in command().params if isinstance(each, click.Option)}
    )


def _check_export(own: dict[str, str]) -> None:
    if own.get("export", "chrome") not in EXPORTS:
        raise UsageError(
            f"--export: unknown value {own['export']!r}", f"it takes one of {', '.join(EXPORTS)}", asked.HINT
        )


def launch_traced(parts: Arguments, choice: Choice) -> int:
    """Become the program."""
    from ocoro.cli import script
    from ocoro.cli.launch import launch, nothing_to_run
    from ocoro.cli.options import settings
    from ocoro.cli.run import PRINTERS
    from ocoro.cli.tracing import names
    from ocoro.hooks.variable import TRACER

    for name, _ in parts.options:
        if name in PRINTERS:
            print(PRINTERS[name]())
            return 0
    if not parts.target:
        raise nothing_to_run()
    if parts.script is not None and not os.path.lexists(parts.script) and not script.find_script(parts.script):
        raise asked.no_program(parts.script)
    chosen = settings(parts.options, os.environ)
    if choice.filter:
        names.check(choice, names.CALLS.union(chosen.offload))
    chosen.tracer, chosen.tracing = TRACER, choice.text()
    if not any(name == "trace" for name, _ in parts.options):
        chosen.events = EVENTS
    if choice.output:
        _write(choice.output, lambda file: None)
    launch(parts, chosen)


def show_named(own: dict[str, str], parts: Arguments) -> int:
    """Show the recorded run that the target names, or the newest; options may follow it."""
    from ocoro.cli.argv import split as split_run

    name = parts.target[0] if parts.target else None
    more, others = split(parts.target[1:])
    own.update(more)
    if "help" in own:
        return _print_help()
    if name is not None:
        asked.check_alone(name, parts, split_run(others))
    _check_export(own)
    asked.check_run(own)
    return show(name, own, asked.chosen(own))


def show(name: str | None, own: dict[str, str], choice: Choice) -> int:
    """Show a recorded run: its events, a timeline, or another tool's format."""
    from ocoro.cli.recorded import reader, runs

    run = reader.read(runs.find(name))
    for problem in run.problems:
        complain(f"warning: {problem}")
    if "export" in own:
        return export(run, own["export"], choice.output)
    text = timeline(run, choice) if "timeline" in own else event_text(run, choice)
    if choice.output:
        _write(choice.output, lambda file: file.write(text.encode("utf-8", "backslashreplace")))
    else:
        sys.stdout.buffer.write(text.encode(sys.stdout.encoding or "utf-8", "backslashreplace"))
        sys.stdout.buffer.flush()
    if not text:
        _note(_nothing(run, own))
    if run.dropped:
        _note(f"{run.dropped:,} older events were dropped; 'ocoro run --trace=SIZE' keeps more")
    return 0


def event_text(run: Run, choice: Choice) -> str:
    """A line for each recorded call, as it is told live; UsageError if --filter has a name that nothing has."""
    from ocoro.cli.tracing import names, recorded

    if choice.filter:
        names.check(choice, names.CALLS | names.MARKS | recorded.names(run))
    return "".join(f"{visible(line)}\n" for line in recorded.lines(run, choice))


def _nothing(run: Run, own: dict[str, str]) -> str:
    """Why no line is shown."""
    from ocoro.cli.tracing import recorded

    known = ", ".join(sorted(recorded.names(run)))
    given = " ".join(f"--{name}={own[name]}".rstrip("=") for name in (*asked.OF_LINES, "strace") if name in own)
    return f"of what is recorded ({known}) nothing fits {given}" if known else "the recording has no calls"


def _note(text: str) -> None:
    complain(f"note: {text}")


def timeline(run: Run, choice: Choice) -> str:
    """The coroutines against time, as wide as the terminal."""
    import shutil

    from ocoro.cli.timeline import draw

    on_terminal = sys.stdout.isatty() and not choice.output
    size = shutil.get_terminal_size()
    colour = on_terminal and not os.environ.get("NO_COLOR")
    unicode = "utf" in (sys.stdout.encoding or "").lower()
    return draw(run, size.columns if on_terminal else WIDTH, size.lines - 2 if on_terminal else None, colour, unicode)


def export(run: Run, kind: str, output: str) -> int:
    """Write the run in another tool's format."""
    module: Any = __import__(EXPORTS[kind], fromlist=["write"])
    if output:
        _write(output, lambda file: module.write(run, file))
    elif sys.stdout.isatty() and kind in ("perfetto", "html"):
        raise UsageError(f"{kind} is not for a terminal", "no file is given", f"write -o FILE{module.SUFFIX}")
    else:
        module.write(run, sys.stdout.buffer)
        sys.stdout.buffer.flush()
    return 0


def _write(path: str, write: Callable[[BinaryIO], object]) -> None:
    try:
        with open(path, "wb") as file:
            write(file)
    except OSError as problem:
        raise UsageError(
            f"cannot write {path}", problem.strerror or str(problem), "name another file with -o"
        ) from None


def _print_help() -> int:
    import click

    parent = click.Context(click.Group("ocoro"), info_name="ocoro")
    described = command()
    print(described.get_help(click.Context(described, parent, "trace")))
    return 0
