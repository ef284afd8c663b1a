"""Completion for fish, from 3.0 on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocoro.cli.complete.described import TARGET_FLAGS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ocoro.cli.complete.described import Command, Option, Value

SCRIPT = r"""# fish completion for ocoro, made by 'ocoro completion fish'

# Whether the command has this name and, if it runs a program, whether that is still to be named. The other arguments
# are the command's options that take a value.
function __ocoro_in
    set -l tokens (commandline -opc)
    set -q tokens[2]; and test "$tokens[2]" = "$argv[1]"; or return 1
    contains -- $argv[1] @stops@; or return 0
    set -l option
    for token in $tokens[3..-1]
        if test -n "$option"
            contains -- $option @targets@; and return 1
            set option
        else if contains -- $token $argv[2..-1]
            set option $token
        else if not string match -q -- '-*' $token
            return 1
        end
    end
    return 0
end

# Asks the program of the command line. Its name is not evaluated: a folder in it may be called like a command.
function __ocoro_ask
    set -l program (commandline -opc)[1]
    string match -q -- '~/*' $program; and set program $HOME(string sub -s 2 -- $program)
    $program completion $argv 2>/dev/null
end

complete -c ocoro -f -n 'not __fish_seen_subcommand_from @commands@'
complete -c ocoro -f -n __fish_is_first_token -l help -d 'Show a help text.'
complete -c ocoro -f -n __fish_is_first_token -l version -d 'Show the version.'
@lines@
"""
ASKED = {"runs": "(__ocoro_ask --names)", "modules": "(__ocoro_ask --modules=(commandline -ct))"}


def script(commands: Iterable[Command]) -> str:
    """The script as text."""
    commands = list(commands)
    stops = " ".join(command.name for command in commands if command.has_target)
    return (
        SCRIPT.replace("@lines@", "\n".join(line for command in commands for line in _lines(command)))
        .replace("@commands@", " ".join(command.name for command in commands))
        .replace("@stops@", stops)
        .replace("@targets@", " ".join(TARGET_FLAGS))
    )


def _lines(command: Command) -> Iterator[str]:
    yield f"complete -c ocoro -f -n __fish_is_first_token -a {command.name} -d {_quoted(command.help)}"
    valued = [name for option in command.options if option.value for name in option.names]
    condition = _quoted(" ".join(["__ocoro_in", command.name, *valued]))
    for option in command.options:
        yield f"complete -c ocoro -n {condition}{_option(option)}"
    if command.argument:
        yield f"complete -c ocoro -n {condition}{_value(command.argument, is_argument=True)}"


def _option(option: Option) -> str:
    names = "".join(f" -l {name[2:]}" if name.startswith("--") else f" -s {name[1:]}" for name in option.names)
    return f"{names} -d {_quoted(option.help)}{_value(option.value) if option.value else ' -f'}"


def _value(value: Value, is_argument: bool = False) -> str:
    """`-r` has a value follow, `-f` keeps files out, `-F` lets them in."""
    offered = " ".join((*value.words, *(ASKED[kind] for kind in value.kinds if kind in ASKED)))
    flags = " -F" if "files" in value.kinds else " -f"
    return ("" if is_argument else " -r") + flags + (f" -k -a {_quoted(offered)}" if offered else "")


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
