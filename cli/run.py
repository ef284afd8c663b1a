"""`ocoro run`: reads the arguments and hands over to the interpreter. click only writes the help text."""

from __future__ import annotations

import os

from ocoro.cli.argv import split
from ocoro.cli.launch import launch
from ocoro.cli.options import OPTIONS, settings

TYPE_CHECKING = False  # typing itself is not worth its import time here
if TYPE_CHECKING:
    import click

    from ocoro.cli.options import Option

HELP = """\
Run a Python program, unmodified, on coroutines.

TARGET is what python takes: a script, -m MODULE, -c CODE, - for standard input, a directory or a zip file; or the name
of a console script, on PATH or beside ocoro. Without TARGET it is standard input, unless that is a terminal. python's
single-letter flags pass through to the interpreter. Everything after TARGET belongs to the program.
"""


def main(arguments: list[str]) -> int:
    """Return only to print; otherwise this process becomes the program. UsageError when that cannot be."""
    parts = split(arguments)
    for name, _ in parts.options:
        if name in PRINTERS:
            print(PRINTERS[name]())
            return 0
    launch(parts, settings(parts.options, os.environ))


def command() -> click.Command:
    """The command as click sees it."""
    import click

    return click.Command(
        "run",
        callback=lambda **_: None,
        params=[*map(_for_click, OPTIONS), click.Argument(["target"], metavar="TARGET [ARGS]...")],
        help=HELP,
        options_metavar="[OPTIONS] [PYTHON-FLAGS]",
        add_help_option=False,
    )


def _for_click(option: Option) -> click.Option:
    import click

    return click.Option(
        [*([f"-{option.letter}"] if option.letter else []), f"--{option.name}"],
        is_flag=not option.metavar,
        flag_value="" if option.optional else None,
        metavar=option.metavar or None,
        multiple=option.repeatable,
        help=option.text,
        envvar=option.variable or None,
        show_envvar=True,
    )


def _help() -> str:
    import click

    parent = click.Context(click.Group("ocoro"), info_name="ocoro")
    described = command()
    return described.get_help(click.Context(described, parent, "run"))


def _version() -> str:
    import ocoro

    return f"ocoro {ocoro.__version__}"


PRINTERS = {"help": _help, "version": _version}
