"""The arguments of `ocoro trace`: which are its own, which go together, and whether they name a program or a run."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ocoro.cli import script
from ocoro.cli.errors import UsageError
from ocoro.cli.recorded import runs
from ocoro.cli.recorded.entry import SUFFIX
from ocoro.cli.tracing.lines import Choice

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ocoro.cli.argv import Arguments

TIMES = (("ns", 1e-9), ("us", 1e-6), ("ms", 1e-3), ("s", 1.0))
FORMS = ("strace", "timeline", "export")  # ways to show a run, besides plain lines
OF_LINES = ("filter", "slower-than")  # choose among lines, which a timeline and other tools' formats do not consist of
HINT = "see 'ocoro trace --help'"


# -- options -----------------------------------------------------------------------------------------------------------


def split(arguments: list[str], flags: Mapping[str, bool]) -> tuple[dict[str, str], list[str]]:
    """The options of this command, which may stand among those of `ocoro run`, and the rest.

    `flags` says of each option of this command whether it takes no value.
    """
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
                raise UsageError(f"--{name} needs a value", "nothing follows it", HINT)
            value = rest.pop(0)
        if not flags[name] and not value:
            raise UsageError(f"--{name} needs a value", "it is empty", HINT)
        own[name] = value
    return own, kept + rest


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


def chosen(own: Mapping[str, str]) -> Choice:
    """What is told."""
    return Choice(
        strings=_count(own.get("strings", "32")),
        slower=seconds(own.get("slower-than", "0")),
        strace="strace" in own,
        filter=own.get("filter", ""),
        output=os.path.abspath(own["output"]) if own.get("output") else "",
    )


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 8):
        raise UsageError(f"--strings: {text!r} is no number of bytes", "it takes a whole number", "such as 64")
    return int(text)


def seconds(text: str) -> float:
    """A time with its unit, plain seconds without."""
    unit, factor = next((each for each in TIMES if text.endswith(each[0])), ("", 1.0))
    try:
        given = float(text.removesuffix(unit)) * factor
    except ValueError:
        given = -1.0
    if not 0 <= given < 1e9:
        raise UsageError(
            f"--slower-than: {text!r} is no time", "it takes a number with ns, us, ms or s", "such as 10ms"
        )
    return given


# -- what goes together ------------------------------------------------------------------------------------------------


def check_program(own: Mapping[str, str], name: str) -> None:
    """UsageError for options that a program cannot be run with."""
    for option in ("timeline", "export"):
        if option in own:
            raise UsageError(
                f"--{option} shows a recorded run",
                f"{name!r} is no run but what is to be run",
                f"run it first with 'ocoro run --trace', then 'ocoro trace --{option}'",
            )


def check_run(own: Mapping[str, str]) -> None:
    """UsageError for options that mean nothing together, or not for a recorded run."""
    forms = [name for name in FORMS if name in own]
    if len(forms) > 1:
        raise _contradiction(forms[0], forms[1], "each shows the run in a form of its own")
    if "strings" in own:
        raise UsageError(
            "--strings is for a program that is run",
            "a recorded run has the data that was shown then, and no more",
            "leave it out, or trace the program again with it",
        )
    for name in OF_LINES:
        if name in own and forms not in ([], ["strace"]):
            raise _contradiction(forms[0], name, f"--{name} chooses lines, and --{forms[0]} shows the whole run")


def _contradiction(one: str, other: str, cause: str) -> UsageError:
    return UsageError(f"--{one} and --{other} do not go together", cause, "leave out one of them")


def check_alone(run: str, before: Arguments, behind: Arguments) -> None:
    """UsageError for what stands beside the name of a run and is not this command's."""
    for parts in (before, behind):
        for option in (*(f"--{name}" for name, _ in parts.options), *parts.flags):
            raise UsageError(f"{option} is for a program that is run", f"{run!r} is a recorded run", "leave it out")
    for other in behind.target:
        raise UsageError("one run at a time can be shown", f"{other!r} follows {run!r}, a recorded run", HINT)


# -- programs and runs -------------------------------------------------------------------------------------------------


def names_run(parts: Arguments) -> bool:
    """Whether the target is a recorded run rather than a program; UsageError if it is neither."""
    if not parts.target or parts.flags[-1:] == ["--"]:
        return False
    name = parts.target[0]
    if _is_run_name(name):
        return True
    if parts.script is None or _is_program(name):
        return False
    try:
        return bool(runs.find(name))
    except UsageError as problem:
        error, _, hint = problem.lines
        raise no_program(name, f"; and {error}", hint) from None


def _is_run_name(name: str) -> bool:
    """Whether this can be a run's name only."""
    return name.endswith(SUFFIX) or name == runs.LAST or (name[:1] == "-" and name[1:].isdigit())


def _is_program(name: str) -> bool:
    """Whether `ocoro run` can start it: any path, as python says best what is wrong with it, or a console script."""
    path = script.find(name)
    return os.path.lexists(name) or (path is not None and _is_python(path))


def _is_python(path: str) -> bool:
    try:
        script.interpreter(path)
    except (UsageError, OSError):
        return False
    return True


def no_program(name: str, more: str = "", hint: str = "'ocoro run --help' says what can be run") -> UsageError:
    """What to say of a name that nothing can be run by."""
    path = script.find(name)
    cause = f"{path} is not a Python script" if path else "no such file, and no console script on PATH"
    close = _close_file(name)
    return UsageError(f"there is no program {name!r}", cause + more, f"did you mean {close}?" if close else hint)


def _close_file(name: str) -> str:
    """The script with the most similar name in the same folder, if there is one."""
    from difflib import get_close_matches

    folder, base = os.path.split(name)
    try:
        files = [each for each in os.listdir(folder or os.curdir) if each.endswith(".py")]
    except OSError:
        return ""
    close = get_close_matches(base, files, 1)
    return os.path.join(folder, close[0]) if close else ""
