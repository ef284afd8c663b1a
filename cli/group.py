"""`ocoro` without a command: its help, its version, and what is said about a command that does not exist."""

from __future__ import annotations

from importlib import import_module

import click

import ocoro
from ocoro.cli.errors import UsageError
from ocoro.cli.main import COMMANDS


class Commands(click.Group):
    """The table of commands, as click wants to see it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(COMMANDS[cmd_name]).command()
        return command


@click.group("ocoro", cls=Commands)
@click.version_option(ocoro.__version__, message="%(prog)s %(version)s")
def group() -> None:
    """Run unmodified, blocking, threaded Python programs on coroutines."""


def main(arguments: list[str]) -> int:
    """Return the exit status; UsageError when click cannot read the arguments.

    click's own `main` is not called: it ends the process with status 1 where nobody reads the output any more.
    """
    try:
        with group.make_context("ocoro", list(arguments) or ["--help"]) as context:
            return group.invoke(context) or 0
    except click.exceptions.Exit as end:  # --help, --version
        return end.exit_code
    except click.ClickException as problem:
        given = " ".join(["ocoro", *arguments])
        raise UsageError(problem.format_message().rstrip("."), f"in {given!r}", "see 'ocoro --help'") from None
