"""Runs a click command in ocoro's manner: what click has to complain about becomes a UsageError."""

from __future__ import annotations

import click

from ocoro.cli.errors import UsageError


def run(command: click.Command, arguments: list[str]) -> int:
    """The exit status: what the command's function returns, or 0. UsageError when click cannot read the arguments."""
    parent = click.Context(click.Group("ocoro"), info_name="ocoro")
    try:
        with command.make_context(command.name, list(arguments), parent=parent) as context:
            return command.invoke(context) or 0
    except click.exceptions.Exit as end:  # --help
        return end.exit_code
    except click.ClickException as problem:
        given = " ".join(["ocoro", command.name or "", *arguments])
        hint = f"see 'ocoro {command.name} --help'"
        raise UsageError(problem.format_message().rstrip("."), f"in {given!r}", hint) from None
