"""`ocoro trace`: runs a program and tells each hooked call as it is made; or shows what was recorded of a run."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from ocoro.cli.errors import UsageError
from ocoro.cli.tracing.lines import Choice

if TYPE_CHECKING:
    from collections.abc import Callable
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
WIDTH = 120  # columns of a timeline that goes to no terminal
_HINT = "see 'ocoro trace --help'"


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
    own, rest = split(arguments)
    if is_run(rest) and rest:
        more, others = split(rest[1:])
        if others:
            raise UsageError("one run at a time can be shown", f"{others[0]!r} follows {rest[0]!r}", _HINT)
        own.update(more)
        del rest[1:]
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
    if own.get("export", "chrome") not in EXPORTS:
        raise UsageError(f"--export: unknown value {own['export']!r}", f"it takes one of {', '.join(EXPORTS)}", _HINT)
    if is_run(rest):
        return show(rest[0] if rest else None, own, choice)
    for name in ("timeline", "export"):
        if name in own:
            raise UsageError(
                f"--{name} shows a recorded run",
                f"{rest[0]!r} is no run but what is to be run",
                f"run it first with 'ocoro run --trace', then 'ocoro trace --{name}'",
            )
    return launch_traced(rest, choice)


def is_run(rest: list[str]) -> bool:
    """Whether the arguments begin with a recorded run, or are none, rather than a program."""
    if not rest:
        return True
    name = rest[0]
    if name.endswith(RUN_SUFFIX) or name == "last" or (name[:1] == "-" and name[1:].isdigit()):
        return True
    if name.startswith("-") or os.path.lexists(name):
        return False
    if name.isdigit():
        return True
    from ocoro.cli.recorded import runs

    return any(name in (entry.name, entry.run_id) for entry in runs.listing(runs.default_directory()))


def split(arguments: list[str]) -> tuple[dict[str, str], list[str]]:
    """The options of this command, which may stand among those of `ocoro run`, and the rest."""
    flags = {each.opts[-1][2:]: each.is_flag for each in command().params if isinstance(each, _option_type())}
    own: dict[str, str] = {}
    kept: list[str] = []
    rest = list(arguments)
    while rest and rest[0].startswith("-") and rest[0] not in ("-", "--"):
        if rest[0].startswith("-o"):
            rest[:1] = ["--output", *filter(None, [rest[0][2:]])]
        name, equals, value = rest[0].removeprefix("--").partition("=")
        if not rest[0].startswith("--") or name not in flags:
            count = _belonging(rest[0])
            if not count:
                break
            kept += rest[:count]
            del rest[:count]
            continue
        del rest[0]
        if flags[name] and equals:
            raise UsageError(f"--{name} takes no value", f"{value!r} was given", f"write just --{name}")
        if not flags[name] and not equals:
            if not rest:
                raise UsageError(f"--{name} needs a value", "nothing follows it", _HINT)
            value = rest.pop(0)
        if not flags[name] and not value:
            raise UsageError(f"--{name} needs a value", "it is empty", _HINT)
        own[name] = value
    return own, kept + rest


def _option_type() -> type[click.Option]:
    import click

    return click.Option


def _belonging(first: str) -> int:
    """How many arguments an option of `ocoro run` or of python takes, itself included; 0 if the target begins."""
    from ocoro.cli.argv import FLAGS, FLAGS_WITH_VALUE, LONG_FLAG
    from ocoro.cli.options import BY_NAME

    if first.startswith("--"):
        name, equals, _ = first[2:].partition("=")
        option = BY_NAME.get(name)
        takes_next = option is not None and option.metavar and not option.optional and not equals
        return 2 if takes_next or first == LONG_FLAG else 1
    for position, letter in enumerate(first[1:], start=2):
        if letter in FLAGS_WITH_VALUE:
            return 1 if first[position:] else 2
        if letter not in FLAGS:
            return 0
    return 1


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
    if choice.output:
        _write(choice.output, lambda file: None)
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
        sys.stdout.buffer.write(text.encode(sys.stdout.encoding or "utf-8", "backslashreplace"))
        sys.stdout.buffer.flush()
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
