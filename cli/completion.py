"""`ocoro completion`: a script by which a shell completes commands, options and their values.

The script is made from what click knows of every command. What only the moment knows, the shell asks for: the runs by
`ocoro completion --names`, the modules by `ocoro completion --modules=PREFIX`. Both answer without click.
"""

from __future__ import annotations

import os
import sys

from ocoro.cli.main import COMMANDS
from ocoro.runtime import library

TYPE_CHECKING = False  # typing itself is not worth its import time here
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import click

SHELLS = ("bash", "zsh", "fish")
HELP = """\
Print a completion script for a shell.

\b
bash: add to ~/.bashrc           eval "$(ocoro completion bash)"
zsh:  add to ~/.zshrc            eval "$(ocoro completion zsh)"
fish: add to config.fish         ocoro completion fish | source
"""


def main(arguments: list[str]) -> int:
    """Return the exit status; UsageError for a shell that is not known."""
    if arguments == ["--names"]:
        print("\n".join(names()))
    elif len(arguments) == 1 and arguments[0].startswith("--modules="):
        print("\n".join(sorted(set(modules(arguments[0].partition("=")[2], [os.curdir, *library.given, *sys.path])))))
    else:
        from ocoro.cli import clicked

        return clicked.run(command(), arguments)
    return 0


def command() -> click.Command:
    """The command as click sees it."""
    import click

    return click.Command(
        "completion",
        callback=lambda shell: print(script(shell), end=""),
        params=[click.Argument(["shell"], type=click.Choice(SHELLS))],
        help=HELP,
    )


def script(shell: str, commands: Mapping[str, str] = COMMANDS) -> str:
    """The script for one of SHELLS; `commands` are names and modules."""
    from ocoro.cli.complete import bash, fish, zsh
    from ocoro.cli.complete.described import described

    makers = {"bash": bash.script, "zsh": zsh.script, "fish": fish.script}
    return makers[shell](described(commands))


def names() -> list[str]:
    """What a run can be called by, the newest first. Names that ocoro gives no file may hold anything: left out."""
    from ocoro.cli.recorded import runs

    found = [run[0].run_id for run in runs.by_run(runs.listing(runs.default_directory()))]
    return [runs.LAST, *filter(runs.is_plain, found)] if found else []


def modules(prefix: str, folders: list[str]) -> Iterator[str]:
    """Modules and packages whose dotted names begin with this; nothing is imported to find them."""
    package, dot, start = prefix.rpartition(".")
    if dot and not all(map(str.isidentifier, package.split("."))):
        return
    for folder in folders:
        inner = os.path.join(folder, *package.split("."))
        try:
            found = os.listdir(inner)
        except OSError:
            continue
        for each in found:
            name = each.removesuffix(".py")
            is_module = name != each or os.path.isfile(os.path.join(inner, each, "__init__.py"))
            if is_module and name.startswith(start) and name.isidentifier() and (start or name[0] != "_"):
                yield package + dot + name
