"""Prepares the file that a run is recorded in, before the program starts. A run that cannot be recorded runs all the
same: one warning says why.
"""

from __future__ import annotations

import os
import time

from ocoro.cli.errors import complain

TYPE_CHECKING = False  # typing itself is not worth its import time here
if TYPE_CHECKING:
    from ocoro.cli.options import Settings


def prepared_file(settings: Settings, program: str) -> str:
    """The path of a new, empty recording; empty when nothing is to be, or can be, recorded."""
    if not settings.record:
        return ""
    try:
        return _file_of_choice(settings) if settings.output else _file_of_the_run(settings, program)
    except OSError as problem:
        name = f" {problem.filename}" if problem.filename else ""
        complain(
            f"warning: this run is not recorded:{name}: {problem.strerror or problem} (--no-record says so in advance)"
        )
        return ""


def _file_of_choice(settings: Settings) -> str:
    from ocoro.runtime.recording import prepare as claim

    path = os.path.abspath(settings.output)
    claim(path, settings.events)
    return path


def _file_of_the_run(settings: Settings, program: str) -> str:
    from ocoro.cli.recorded import runs
    from ocoro.runtime.recording import prepare as claim

    directory = os.path.abspath(runs.default_directory())
    path = os.path.join(directory, runs.new_name(program, os.getpid(), time.time()))
    runs.prepare(path)
    runs.prune(directory, spare=path)
    claim(path, settings.events)
    try:
        runs.link_last(path)
    except OSError:
        pass  # a file system without links; nothing depends on it
    return path


def program_name(target: list[str]) -> str:
    """What is run, in a word: the script's or the module's name."""
    if not target or target[0] == "-":
        return "stdin"
    first = target[0]
    if first.startswith("-m"):
        return first[2:] or "".join(target[1:2])
    if first.startswith("-c"):
        return "command"
    return os.path.basename(first.rstrip(os.sep)) or first


def quoted(text: str) -> str:
    """`text` as a field of what boot reads."""
    return text.replace("%", "%25").replace(";", "%3b")
