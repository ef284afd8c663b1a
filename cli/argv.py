"""Takes the arguments of `ocoro run` apart: ocoro's options, python's flags, the target and what belongs to it.

The rules are the interpreter's own: single-letter flags may be grouped (`-uB`), their values attached (`-Wd`) or apart
(`-W d`), and they end at `-c` or `-m`, at `--`, or at the first argument that is no flag. Nothing from the target on is
looked at. A flag that the interpreter would refuse is left to it, so that the message is the usual one.
"""

from __future__ import annotations

from ocoro.cli.errors import UsageError
from ocoro.cli.options import BY_LETTER, BY_NAME

FLAGS = frozenset("bBdEhiIOPqRsStuvVx?")  # not c and m: they are the target
FLAGS_WITH_VALUE = frozenset("WX")
LONG_FLAG = "--check-hash-based-pycs"


class Arguments:
    """The four parts.

    `options` are ocoro's own as (name, value) and `flags` the interpreter's, both as given; `letters` are the flags
    without their values. `target` is all the rest. `script` is the target's path if it has one.
    """

    def __init__(self) -> None:
        self.options: list[tuple[str, str]] = []
        self.flags: list[str] = []
        self.letters: set[str] = set()
        self.target: list[str] = []
        self.script: str | None = None


def split(arguments: list[str]) -> Arguments:
    """UsageError for a long option that is not ocoro's, or one whose value is missing or too much."""
    parts = Arguments()
    rest = list(arguments)
    while rest and not parts.target:
        first = rest[0]
        if first == "--":
            parts.flags.append(rest.pop(0))
            break
        if first == LONG_FLAG:
            _move(2, rest, parts.flags)
        elif first.startswith("--"):
            _take_option(rest, parts)
        elif first[:1] == "-" and first[1:2] in BY_LETTER:
            rest[:1] = [f"--{BY_LETTER[first[1:2]].name}", *filter(None, [first[2:]])]
            _take_option(rest, parts)
        elif first.startswith("-") and first != "-":
            _take_flags(rest, parts)
        else:
            break
    if not parts.target:
        parts.script = rest[0] if rest and rest[0] != "-" else None
        parts.target = rest
    return parts


def _take_option(rest: list[str], parts: Arguments) -> None:
    name, equals, value = rest.pop(0)[2:].partition("=")
    option = BY_NAME.get(name)
    if option is None:
        raise _unknown_option(name)
    if equals and not option.metavar:
        raise UsageError(f"--{name} takes no value", f"{value!r} was given", f"write just --{name}")
    if option.metavar and not equals and not option.optional:
        if not rest:
            raise UsageError(f"--{name} needs a value", "nothing follows it", f"write --{name}={option.metavar}")
        value = rest.pop(0)
    parts.options.append((name, value))


def _take_flags(rest: list[str], parts: Arguments) -> None:
    """Move one group of flags; the whole rest where a flag is the target or will not be accepted."""
    group = rest[0][1:]
    for position, letter in enumerate(group, start=1):
        if letter in FLAGS_WITH_VALUE:
            parts.letters.add(letter)
            _move(1 if group[position:] else 2, rest, parts.flags)
            return
        if letter not in FLAGS:
            _move(len(rest), rest, parts.target)
            return
        parts.letters.add(letter)
    _move(1, rest, parts.flags)


def _move(count: int, source: list[str], destination: list[str]) -> None:
    destination += source[:count]
    del source[:count]


def _unknown_option(name: str) -> UsageError:
    from difflib import get_close_matches

    close = get_close_matches(name, BY_NAME)
    return UsageError(
        f"there is no option --{name}",
        "what stands before the target is for ocoro (--long) or for python (-x)",
        f"did you mean --{close[0]}?" if close else "put the program's own options after it; see 'ocoro run --help'",
    )
