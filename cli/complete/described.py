"""What a shell has to know of the commands: their options, and what can stand for a value."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

import click

from ocoro.cli.main import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Mapping

# What stands for a value is a word of its metavar.
KINDS = {"RUN": "runs", "FILE": "files", "PATH": "files", "EXE": "files", "TARGET": "files", "MODULE": "modules"}


@dataclass(frozen=True, slots=True)
class Value:
    """What can stand in a place: any of the kinds (runs, files, modules), or one of the words."""

    title: str
    kinds: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Option:
    """One option under all its names."""

    names: tuple[str, ...]
    help: str
    value: Value | None  # None: it takes none, or only one behind "="
    is_repeatable: bool = False


@dataclass(frozen=True, slots=True)
class Command:
    """One command."""

    name: str
    help: str
    options: tuple[Option, ...]
    argument: Value | None
    is_repeatable: bool  # the argument
    has_target: bool  # what follows the argument belongs to the program that it names


# python's own flags that take a value; -m and -c are targets themselves.
TARGET_FLAGS = ("-m", "-c")
RUN_OPTIONS = "RUN-OPTIONS"  # in the usage of a command that takes those of `ocoro run`, too
PYTHON_OPTIONS = (
    Option(("-m",), "Run a module.", Value("MODULE", ("modules",))),
    Option(("-c",), "Run code.", Value("CODE")),
    Option(("-W",), "Control warnings.", Value("FILTER")),
    Option(("-X",), "Set an option of the interpreter.", Value("OPTION")),
)


def described(commands: Mapping[str, str]) -> list[Command]:
    """All commands of a table of names and modules."""
    return [_command(name, import_module(module).command()) for name, module in commands.items()]


def _command(name: str, described: click.Command) -> Command:
    context = click.Context(described)
    options = _options(described, context)
    arguments = [each for each in described.params if isinstance(each, click.Argument)]
    argument = _value(arguments[0], context) if arguments else _unparsed(described.options_metavar or "")
    has_target = argument is not None and "TARGET" in _words(argument.title)
    if argument is not None and RUN_OPTIONS in argument.title:
        known = {each for option in options for each in option.names}
        options += tuple(option for option in _run_options() if known.isdisjoint(option.names))
    return Command(
        name,
        described.get_short_help_str(200),
        options + (PYTHON_OPTIONS if has_target else ()),
        argument,
        any(each.nargs != 1 for each in arguments),
        has_target,
    )


def _unparsed(usage: str) -> Value | None:
    """What follows the options of a command that takes its arguments apart itself; None if there is nothing."""
    rest = usage.replace("[OPTIONS]", "").strip()
    return Value(rest, _kinds(rest.replace(RUN_OPTIONS, ""))) if rest else None


def _run_options() -> tuple[Option, ...]:
    described = import_module(COMMANDS["run"]).command()
    return _options(described, click.Context(described))


def _options(described: click.Command, context: click.Context) -> tuple[Option, ...]:
    parameters = described.get_params(context)
    return tuple(_option(each, context) for each in parameters if isinstance(each, click.Option) and not each.hidden)


def _option(option: click.Option, context: click.Context) -> Option:
    needs_value = not option.is_flag and not option.count and not isinstance(option.flag_value, str)
    names = (*option.opts, *option.secondary_opts)
    return Option(names, option.help or "", _value(option, context) if needs_value else None, option.multiple)


def _value(parameter: click.Parameter, context: click.Context) -> Value:
    title = parameter.make_metavar(context)
    if isinstance(parameter.type, click.Choice):
        return Value(title, words=tuple(map(str, parameter.type.choices)))
    if parameter.name == "no_hook":
        return Value(title, words=_hooks())
    if "|" in title and title.islower():
        return Value(title, words=tuple(title.strip("[]").split("|")))
    if isinstance(parameter.type, (click.Path, click.File)):
        return Value(title, ("files",))
    return Value(title, _kinds(title))


def _kinds(title: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(KINDS[word] for word in _words(title) if word in KINDS))


def _words(title: str) -> list[str]:
    return "".join(letter if letter.isalpha() else " " for letter in title).upper().split()


def _hooks() -> tuple[str, ...]:
    from ocoro.hooks.table import KNOWN

    return tuple(KNOWN)
