"""`ocoro trace`: runs a program and tells each hooked call as it is made; or shows what was recorded of a run."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ocoro.cli.errors import UsageError
from ocoro.cli.tracing.lines import Choice

if TYPE_CHECKING:
    from typing import BinaryIO

    import click

    from ocoro.cli.recorded.model import Run

HELP = """\
Run TARGET as `ocoro run` does, and tell each hooked call on standard error when it has ended: when, which coroutine,
the call with its arguments, the result, how long it took, whether it was suspended or blocked the thread, who ran
meanwhile, and where in the program.

Without TARGET, or with a RUN (a file *.ocoro, a pid, -2 for the run before last), show what was recorded instead.
The options of `ocoro run` are understood, too.
"""
EXPORTS = {
    "chrome": "ocoro.cli.export.chrome",
    "perfetto": "ocoro.cli.export.perfetto",
    "speedscope": "ocoro.cli.export.speedscope",
    "collapsed": "ocoro.cli.export.collapsed",
    "html": "ocoro.cli.export.html",
}
TRACER = "ocoro.cli.tracing.live:begin"
EVENTS = 64 << 20  # bytes of the flight recorder of a traced run
RUN_SUFFIX = ".ocoro"
TIMES = (("ns", 1e-9), ("us", 1e-6), ("ms", 1e-3), ("s", 1.0))
LONG_ROWS = 40  # rows of a timeline that goes to no terminal


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
            click.Option(["-o", "--output"], metavar="FILE", default="", help="Write there instead."),
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
    own, rest = split(arguments)
    if "help" in own:
        print(_help())
        return 0
    choice = Choice(
        strings=_count(own.get("strings", "32")),
        slower=_seconds(own.get("slower-than", "0")),
        strace="strace" in own,
        filter=own.get("filter", ""),
        output=os.path.abspath(own["output"]) if own.get("output") else "",
    )
    if is_run(rest):
        return show(rest[0] if rest else None, own, choice)
    if "timeline" in own or "export" in own:
        wanted = "timeline" if "timeline" in own else "export"
        raise UsageError(
            f"--{wanted} shows a recorded run",
            f"{rest[0]!r} is a program",
            f"run it first with 'ocoro run --trace', then 'ocoro trace --{wanted}'",
        )
    return launch_traced(rest, choice)


def is_run(rest: list[str]) -> bool:
    """Whether the arguments name a recorded run, or nothing, rather than a program."""
    if len(rest) != 1:
        return not rest
    name = rest[0]
    if name.endswith(RUN_SUFFIX) or name == "last" or name.lstrip("-").isdigit():
        return True
    from ocoro.cli.recorded import runs

    return not os.path.lexists(name) and any(
        name in (entry.name, entry.run_id) for entry in runs.listing(runs.default_directory())
    )


def split(arguments: list[str]) -> tuple[dict[str, str], list[str]]:
    """The options of this command, which may stand among those of `ocoro run`, and the rest."""
    from ocoro.cli.options import BY_NAME

    flags = {option.name: bool(option.is_flag) for option in command().params if option.name}  # type: ignore[attr-defined]
    flags = {name.replace("_", "-"): is_flag for name, is_flag in flags.items()}
    own: dict[str, str] = {}
    kept: list[str] = []
    rest = list(arguments)
    while rest and rest[0].startswith("-") and rest[0] not in ("-", "--"):
        first = rest.pop(0)
        if first.startswith("-o"):
            first, rest[:0] = "--output", [first[2:]] if first[2:] else []
        name, equals, value = first.removeprefix("--").partition("=")
        if not first.startswith("--") or name not in flags:
            kept.append(first)
            option = BY_NAME.get(name) if first.startswith("--") else None
            if option is not None and option.metavar and not option.optional and not equals and rest:
                kept.append(rest.pop(0))
            if not first.startswith("--") and (first[-1] in "cm" or first[1:].isdigit()):
                break  # the target begins, or it is a run such as -2
            if first in ("-W", "-X") and rest:
                kept.append(rest.pop(0))
            continue
        if flags[name] and equals:
            raise UsageError(f"--{name} takes no value", f"{value!r} was given", f"write just --{name}")
        if not flags[name] and not equals:
            if not rest:
                raise UsageError(f"--{name} needs a value", "nothing follows it", "see 'ocoro trace --help'")
            value = rest.pop(0)
        own[name] = value
    return own, kept + rest


def launch_traced(rest: list[str], choice: Choice) -> int:
    """Become the program."""
    from ocoro.cli.argv import split as split_run
    from ocoro.cli.launch import launch
    from ocoro.cli.options import settings
    from ocoro.cli.run import PRINTERS

    parts = split_run(rest)
    for name, _ in parts.options:
        if name in PRINTERS:
            print(PRINTERS[name]())
            return 0
    chosen = settings(parts.options, os.environ)
    chosen.tracer, chosen.tracing = TRACER, choice.text()
    if not any(name == "trace" for name, _ in parts.options):
        chosen.events = EVENTS
    launch(parts, chosen)


def show(name: str | None, own: dict[str, str], choice: Choice) -> int:
    """Show a recorded run: its events, a timeline, or another tool's format."""
    from ocoro.cli.recorded import reader, runs

    run = reader.read(runs.find(name))
    for problem in run.problems:
        print(f"warning: {problem}", file=sys.stderr)
    if "export" in own:
        return export(run, own["export"], choice.output)
    text = timeline(run, choice) if "timeline" in own else "".join(f"{each}\n" for each in event_lines(run, choice))
    if choice.output:
        _write(choice.output, lambda file: file.write(text.encode("utf-8", "backslashreplace")))
    else:
        print(text, end="")
    if run.dropped:
        print(f"note: {run.dropped:,} older events were dropped; 'ocoro run --trace=SIZE' keeps more", file=sys.stderr)
    return 0


def event_lines(run: Run, choice: Choice) -> list[str]:
    """The recorded calls, each as it is told live."""
    from ocoro.cli.tracing.recorded import lines

    return list(lines(run, choice))


def timeline(run: Run, choice: Choice) -> str:
    """The coroutines against time, as wide as the terminal."""
    import shutil

    from ocoro.cli.timeline import draw

    on_terminal = sys.stdout.isatty() and not choice.output
    size = shutil.get_terminal_size((120, LONG_ROWS))
    colour = on_terminal and not os.environ.get("NO_COLOR")
    unicode = "utf" in (sys.stdout.encoding or "").lower()
    return draw(run, size.columns if on_terminal else 120, size.lines - 2 if on_terminal else None, colour, unicode)


def export(run: Run, kind: str, output: str) -> int:
    """Write the run in another tool's format."""
    if kind not in EXPORTS:
        raise UsageError(
            f"--export: unknown value {kind!r}", f"it takes one of {', '.join(EXPORTS)}", "see 'ocoro trace --help'"
        )
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


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 8):
        raise UsageError(f"--strings: {text!r} is no number of bytes", "it takes a whole number", "such as 64")
    return int(text)


def _seconds(text: str) -> float:
    unit, factor = next((each for each in TIMES if text.endswith(each[0])), ("", 1.0))
    try:
        seconds = float(text.removesuffix(unit)) * factor
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < 1e9:
        raise UsageError(
            f"--slower-than: {text!r} is no time", "it takes a number with ns, us, ms or s", "such as 10ms"
        )
    return seconds


def _help() -> str:
    import click

    parent = click.Context(click.Group("ocoro"), info_name="ocoro")
    described = command()
    return described.get_help(click.Context(described, parent, "trace"))
