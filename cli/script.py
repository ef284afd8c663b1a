"""Console scripts: finding one on PATH or beside `ocoro`, and which interpreter its first lines name.

Known forms: `#!/path/python -flags`, `#!/usr/bin/env [-S] python -flags`, and the one that installers write for a path
that is long or holds a space, where a shell executes the second line: `'''exec' "/path/python" "$0" "$@"`.
"""

from __future__ import annotations

import os
import sys

from ocoro.cli.errors import UsageError

TYPE_CHECKING = False  # typing itself is not worth its import time here
if TYPE_CHECKING:
    from collections.abc import Sequence

HEAD = 4096  # bytes in which both lines stand: PATH_MAX is the longest that an interpreter's path can be
SHELL_EXEC = "'''exec'"


def find(name: str) -> str | None:
    """The path of an executable file on PATH; None for a name with a slash, which is a path already."""
    if not name or os.sep in name:
        return None
    candidates = (os.path.join(folder, name) for folder in os.get_exec_path())
    return next(filter(_is_executable, candidates), None)


def find_script(name: str) -> str | None:
    """The same, or that of a file beside `ocoro` itself: a virtual environment need not be on PATH."""
    if not name or os.sep in name:
        return None
    candidates = (os.path.join(folder, name) for folder in beside())
    return find(name) or next(filter(_is_executable, candidates), None)


def beside() -> list[str]:
    """The folder of scripts of our own environment, unless it is on PATH."""
    folder = os.path.dirname(os.path.abspath(sys.executable))
    return [] if folder in os.get_exec_path() else [folder]


def _is_executable(path: str) -> bool:
    return os.path.isfile(path) and os.access(path, os.X_OK)


def is_file_name(name: str) -> bool:
    """Whether it can only be meant as a file that python runs: of one that is not there python says so best."""
    return os.sep in name or name.startswith("-") or name.endswith((".py", ".pyc", ".pyw", ".pyz", ".zip"))


def interpreter(path: str) -> tuple[str, list[str]]:
    """The interpreter that a console script names, and the flags that it passes to it.

    UsageError when that is not a Python interpreter.
    """
    with open(path, "rb") as file:
        lines = os.fsdecode(file.read(HEAD)).splitlines()[:2]
    words = _words(lines)
    if words and os.path.basename(words[0]).startswith(("python", "pypy")):
        executable = words[0] if os.path.isabs(words[0]) else find(words[0])
        if executable:
            return executable, words[1:]
    raise UsageError(
        f"{path} is not a Python script",
        f"it names {' '.join(words)!r}" if words else "it does not begin with the name of an interpreter",
        "ocoro can run Python programs only; a Python file given by its path needs no such line",
    )


def _words(lines: Sequence[str]) -> list[str]:
    """The interpreter and its flags as words; empty when there is no `#!` line."""
    if not lines or not lines[0].startswith("#!"):
        return []
    if len(lines) > 1 and lines[1].startswith(SHELL_EXEC):
        return _shell_words(lines[1].removeprefix(SHELL_EXEC))
    words = lines[0][2:].split()
    if words and os.path.basename(words[0]) == "env":
        del words[: 2 if words[1:2] == ["-S"] else 1]
    return words


def _shell_words(text: str) -> list[str]:
    import shlex

    try:
        return [word for word in shlex.split(text) if word not in ("$0", "$@")]
    except ValueError:  # a quote is not closed
        return []
