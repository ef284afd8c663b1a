"""Completion for zsh, as specifications for its _arguments. The script can be sourced or be a file in fpath."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocoro.cli.complete.described import TARGET_FLAGS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ocoro.cli.complete.described import Command, Option, Value

SCRIPT = r"""#compdef ocoro
# zsh completion for ocoro, made by 'ocoro completion zsh'

_ocoro_runs() {
    local -a names
    names=(${(f)"$($program completion --names 2>/dev/null)"})
    compadd -V runs -a names
}

_ocoro_modules() {
    local -a names
    names=(${(f)"$($program completion --modules=$PREFIX 2>/dev/null)"})
    compadd -a names
}

@functions@
_ocoro() {
    local curcontext=$curcontext state line program=${words[1]/#\~/$HOME}
    local -a commands
    commands=(
@commands@
    )
    _arguments -C '--help[Show a help text.]' '--version[Show the version.]' '1: :->command' '*:: :->argument'
    case $state in
        command) _describe -t commands command commands ;;
        argument) (( $+functions[_ocoro_command_$words[1]] )) && _ocoro_command_$words[1] ;;
    esac
}

if [[ $funcstack[1] == _ocoro ]]; then
    _ocoro "$@"
else
    compdef _ocoro ocoro
fi
"""
ACTIONS = {"runs": "_ocoro_runs", "modules": "_ocoro_modules", "files": "_files"}


def script(commands: Iterable[Command]) -> str:
    """The script as text."""
    commands = list(commands)
    entries = (f"        {_quoted(f'{each.name}:{_plain(each.help)}')}" for each in commands)
    return SCRIPT.replace("@functions@", "\n".join(map(_function, commands))).replace("@commands@", "\n".join(entries))


def _function(command: Command) -> str:
    flags = ' -S -A "-*"' if command.has_target else ""
    lines = [f"_ocoro_command_{command.name}() {{", f"    _arguments{flags} \\"]
    lines += [f"        {_quoted(each)} \\" for option in command.options for each in _option(option)]
    lines += [f"        {_quoted(each)} \\" for each in _argument(command)]
    return "\n".join(lines).removesuffix(" \\") + "\n}\n"


def _option(option: Option) -> Iterator[str]:
    excluded = "(-)" if option.names[0] in TARGET_FLAGS else f"({' '.join(option.names)})"
    prefix = "*" if option.is_repeatable else excluded
    for name in option.names:
        equals = "=" if option.value and name.startswith("--") else ""
        yield f"{prefix}{name}{equals}[{_plain(option.help)}]{_value(option.value) if option.value else ''}"


def _argument(command: Command) -> Iterator[str]:
    if command.argument:
        position = "*" if command.is_repeatable and not command.has_target else "1"
        yield position + _value(command.argument)
    if command.has_target:
        yield "*:argument:_files"


def _value(value: Value) -> str:
    actions = "; ".join(ACTIONS[kind] for kind in value.kinds)
    action = (
        f"({' '.join(value.words)})" if value.words else f"{{{actions}}}" if len(value.kinds) > 1 else actions or " "
    )
    return f":{_plain(value.title)}:{action}"


def _plain(text: str) -> str:
    """The text without a meaning to _arguments and _describe."""
    return "".join("\\" + letter if letter in "\\[]:" else letter for letter in text)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
