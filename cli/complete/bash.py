"""Completion for bash, from 3.2 on, without the package bash-completion.

bash takes `--report=table` for three words, as "=" separates words in COMP_WORDS.

`compgen -W` expands its words, and so would run a command that stands in a name: nothing that is found is given to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocoro.cli.complete.described import TARGET_FLAGS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ocoro.cli.complete.described import Command, Value

SCRIPT = r"""# bash completion for ocoro, made by 'ocoro completion bash'

# Sets `kind` to what can stand behind an option of a command, or for its argument; fails if that is nothing.
_ocoro_kind() {
    kind=
    case "$1 $2" in
@cases@
        *) return 1 ;;
    esac
}

# Offers the lines that it reads. They get into the command line as they stand, so what a shell would obey is left out.
_ocoro_add() {
    local line
    while IFS= read -r line; do
        if [[ $line == "$current"* && $line != *[!A-Za-z0-9._-]* ]]; then COMPREPLY+=("$line"); fi
    done
}

# Offers files, which bash quotes; before version 4 it does not. A name of several lines would be offered in pieces.
_ocoro_add_files() {
    local line is_quoted=
    compopt -o filenames 2>/dev/null && is_quoted=1
    while IFS= read -r line; do
        if [[ $line != "~"* && ! -e $line && ! -L $line ]]; then continue; fi
        if [[ -z $is_quoted ]]; then printf -v line %q "$line"; fi
        COMPREPLY+=("$line")
    done < <(compgen -f -- "$current")
}

_ocoro_offer() {
    local each program=${COMP_WORDS[0]/#\~/$HOME}
    for each in $1; do
        case $each in
            words) _ocoro_add < <(printf '%s\n' ${1#words}); return ;;
            runs) _ocoro_add < <("$program" completion --names 2>/dev/null) ;;
            modules) _ocoro_add < <("$program" completion --modules="$current" 2>/dev/null) ;;
            files) _ocoro_add_files ;;
        esac
    done
}

_ocoro() {
    local current=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]} kind word option= target= at
    COMPREPLY=()
    if ((COMP_CWORD == 1)); then
        _ocoro_offer "words @commands@ --help --version"
        return
    fi
    for ((at = 2; at < COMP_CWORD; at++)); do
        word=${COMP_WORDS[at]}
        if [[ $word == "=" ]]; then
            option=${option:-=}
        elif [[ -n $option ]]; then
            case $option in @targets@) target=1 ;; esac
            option=
        elif [[ $word != -* ]]; then
            target=1
        elif _ocoro_kind "$command" "$word"; then
            option=$word
        fi
    done
    if [[ $current == "=" ]]; then
        current=
        option=${option:-=}
    fi
    if [[ -n $target && -z $option ]]; then
        case $command in @stops@) _ocoro_offer files; return ;; esac
    fi
    if [[ -n $option ]]; then
        _ocoro_kind "$command" "$option"
    elif [[ $current == -* ]]; then
        _ocoro_kind "$command" options
    else
        _ocoro_kind "$command" argument
    fi
    _ocoro_offer "$kind"
}

complete -o nosort -F _ocoro ocoro 2>/dev/null || complete -F _ocoro ocoro
"""


def script(commands: Iterable[Command]) -> str:
    """The script as text."""
    commands = list(commands)
    stops = "|".join(command.name for command in commands if command.has_target)
    return (
        SCRIPT.replace("@cases@", "\n".join(line for command in commands for line in _cases(command)))
        .replace("@commands@", " ".join(command.name for command in commands))
        .replace("@targets@", "|".join(TARGET_FLAGS))
        .replace("@stops@", stops or "''")
    )


def _cases(command: Command) -> Iterator[str]:
    names = " ".join(name for option in command.options for name in option.names)
    yield f"        '{command.name} options') kind='words {names}' ;;"
    if command.argument:
        yield f"        '{command.name} argument') kind='{_kind(command.argument)}' ;;"
    for option in command.options:
        if option.value:
            pattern = "|".join(f"'{command.name} {name}'" for name in option.names)
            yield f"        {pattern}) kind='{_kind(option.value)}' ;;"


def _kind(value: Value) -> str:
    return " ".join(("words", *value.words) if value.words else value.kinds)
