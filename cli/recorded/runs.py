"""Where recordings lie, what they are called, which one is meant, and which ones go when there are too many.

A run is one or more files, one for each process: `20261123T101500-work-4711.ocoro` (local time, program, process id)
and `20261123T101500-work-4711.4712.ocoro` for a child. The name of the first without its suffix is the run id.

The launcher of `ocoro run` imports this file, so it does without pathlib, re, json, dataclasses and typing. Nothing
here reads more of a file than its header.
"""

from __future__ import annotations

import os
import stat
import time

from ocoro.cli.errors import UsageError, complain
from ocoro.cli.recorded.entry import SUFFIX, Entry, is_number, is_recording, parts

TYPE_CHECKING = False  # typing itself is not worth its import time here
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LAST = "last"  # a link to the newest run's file
STAMP = "%Y%m%dT%H%M%S"
PROGRAM_LENGTH = 40


def directory(environment: Mapping[str, str]) -> str:
    """The folder of all runs: OCORO_DIR, or ocoro/runs where the user's programs keep their state."""
    given = environment.get("OCORO_DIR")
    if given:
        return given
    state = environment.get("XDG_STATE_HOME", "")
    if not os.path.isabs(state):  # the XDG specification has relative paths ignored
        state = os.path.join(_home(environment), ".local", "state")
    return os.path.join(state, "ocoro", "runs")


def _home(environment: Mapping[str, str]) -> str:
    """Where the user is at home: by HOME if that names a place, else by the list of users; / if by neither."""
    home = environment.get("HOME", "")
    if not os.path.isabs(home):
        import pwd

        try:
            home = pwd.getpwuid(os.getuid()).pw_dir
        except KeyError:
            home = ""
    return home if os.path.isabs(home) else os.sep


def default_directory() -> str:
    """The folder of all runs for this process."""
    return directory(os.environ)


def new_name(program: str, pid: int, now: float) -> str:
    """The file name of a run that starts `now`, in seconds since 1970. Its time is local, as people read clocks."""
    base = os.path.basename(program).removesuffix(".py")
    safe = "".join(letter if is_plain(letter) else "_" for letter in base)
    stamp = time.strftime(STAMP, time.localtime(now))
    return f"{stamp}-{safe.strip('-.')[:PROGRAM_LENGTH] or 'python'}-{pid}{SUFFIX}"


def is_plain(name: str) -> bool:
    """Whether the name has only letters, digits and marks that mean nothing to a shell, as those that are made here."""
    return all(each.isascii() and (each.isalnum() or each in "._-") for each in name)


def prepare(path: str) -> None:
    """Make the folder of this file and those above it, for their user alone. OSError when that cannot be."""
    folder = os.path.dirname(path)
    if os.path.isdir(folder or os.curdir):
        return
    prepare(folder)
    try:
        os.mkdir(folder, 0o700)
        os.chmod(folder, 0o700)  # whatever the umask takes away
    except FileExistsError:
        if not os.path.isdir(folder):  # else somebody was quicker
            raise


def link_last(path: str) -> None:
    """Have `last`, in the folder of this file, lead to it. A rename replaces the old one. OSError when it cannot.

    What is no link is not ours and stays.
    """
    folder, name = os.path.split(path)
    last = os.path.join(folder, LAST)
    if os.path.lexists(last) and not os.path.islink(last):
        raise FileExistsError(last)
    new = os.path.join(folder, f".{LAST}.{os.getpid()}")
    try:
        os.unlink(new)
    except OSError:
        pass
    os.symlink(name, new)
    try:
        os.replace(new, last)
    except OSError:
        os.unlink(new)
        raise


def mend_last(folder: str) -> None:
    """Where `last` leads nowhere, have it lead to the newest run that is left, or remove it. OSError when it cannot."""
    link = os.path.join(folder, LAST)
    if not os.path.islink(link) or os.path.exists(link):
        return
    left = by_run(listing(folder))
    if left:
        link_last(left[0][0].path)
    else:
        os.unlink(link)


def prune(directory: str, keep: int = 20, limit: int = 1 << 30, spare: str = "") -> None:
    """Remove the oldest runs, so that at most `keep` stay and they take at most `limit` bytes on the disk.

    The run of the file `spare` stays, and so does every run of which a process lives. Only files with the name of a run
    are touched, links are not followed, and what other users record in the same folder is theirs. Never raises: runs
    that cannot be removed stay.
    """
    spared = _run_of(os.path.basename(spare).removesuffix(SUFFIX))
    kept = size = 0
    user = os.geteuid()
    for run in by_run([each for each in listing(directory, unreadable=True) if each.owner == user]):
        taken = sum(each.size for each in run)
        needed = run[0].run_id == spared or any(each.state == "live" for each in run)
        if needed or (kept < keep and size + taken <= limit):
            kept += 1
            size += taken
        else:
            remove(each.path for each in run)


def remove(paths: Iterable[str]) -> list[str]:
    """Remove files; return those that could not be removed."""
    failed = []
    for path in paths:
        try:
            os.unlink(path)
        except FileNotFoundError:  # somebody else pruned, too
            pass
        except OSError:
            failed.append(path)
    return failed


def listing(directory: str, unreadable: bool = False) -> list[Entry]:
    """The recordings in this folder, the newest first; none if there is no such folder.

    With `unreadable` also those that may not be read, such as another user's; of these the name is known only.
    """
    try:
        names = os.listdir(directory)
    except OSError:
        return []
    named = (each for each in names if each.endswith(SUFFIX) and parts(each.removesuffix(SUFFIX)))
    found = [
        each for each in entries(os.path.join(directory, name) for name in named) if unreadable or not each.problem
    ]
    return sorted(found, key=lambda each: (each.started, each.name), reverse=True)


def entries(paths: Iterable[str]) -> list[Entry]:
    """What the headers of these files say, in the same order; only regular files count."""
    found = ((path, _regular(path)) for path in paths)
    return [Entry(path, status) for path, status in found if status]


def by_run(entries: list[Entry]) -> list[list[Entry]]:
    """Entries of the same run together, its first process first; the order of the runs stays."""
    runs: dict[str, list[Entry]] = {}
    for each in entries:
        runs.setdefault(each.run_id, []).append(each)
    for run in runs.values():
        run.sort(key=lambda each: (not each.is_first, each.started, each.name))
    return sorted(runs.values(), key=lambda run: run[0].started, reverse=True)


def processes(path: str) -> list[str]:
    """The files of all processes of the run that this file belongs to: the first process, then by process id."""
    folder, name = os.path.split(path)
    run_id = _run_of(name.removesuffix(SUFFIX), folder)
    try:
        names = os.listdir(folder or os.curdir)
    except OSError:
        return [path]
    stems = (each.removesuffix(SUFFIX) for each in names if each.endswith(SUFFIX))
    found = [stem for stem in stems if _run_of(stem, folder) == run_id]
    found.sort(key=lambda stem: [int(pid) for pid in stem[len(run_id) + 1 :].split(".") if pid])
    return [os.path.join(folder, stem + SUFFIX) for stem in found] or [path]


def find(name: str | None = None, directory: str | None = None, live: bool = False) -> str:
    """The file of the run that is meant; UsageError when there is none, or more than one.

    None is the newest run, one that was started from the current directory if there is any, and with `live` one that
    still goes on if there is any. Else `name` is `last`, `-1` (the last) or `-2` (the one before), the path of a file
    with or without its suffix, a process id, a run id, or a part of one that no other has.
    """
    folder = default_directory() if directory is None else directory
    if name == "":
        raise UsageError("the name of the run is empty", "no run has such a name", "without any, it is the newest run")
    if name and (os.sep in name or name.endswith(SUFFIX)):
        return _file(name, folder)
    found = listing(folder, unreadable=True)
    if name and not name.startswith("-") and name != LAST:
        named = _by_name(name, found)
        return named.path if named else _by_part(name, found, folder)
    runs = [run[0] for run in by_run([each for each in found if not each.problem])]
    if not runs:
        raise _no_runs(folder, found)
    chosen = _newest(runs, live) if name is None else runs[0] if name == LAST else _by_age(name, runs)
    newer = [each for each in found if each.problem and each.started > chosen.started]
    if newer:
        complain(f"note: {not_read(newer)}")
    return chosen.path


def not_read(entries: list[Entry]) -> str:
    """Which recordings could not be read, and why, in a sentence."""
    noun = "recording" if len(entries) == 1 else "recordings"
    return f"{len(entries)} {noun} could not be read: {_some(f'{each.name} ({each.problem})' for each in entries)}"


def known_as(path: str) -> str:
    """What `find` takes for this file, short: the run id if it lies among all runs, else its path as seen from here."""
    folder, name = os.path.split(os.path.abspath(path))
    if folder == os.path.abspath(default_directory()):
        known = parts(name.removesuffix(SUFFIX))
        return known[0] if known else name
    try:
        here = os.path.join(os.getcwd(), "")
    except OSError:  # the directory is gone
        return path
    near = os.path.join(folder, name).removeprefix(here)
    return near if os.sep in near or near.endswith(SUFFIX) else os.path.join(os.curdir, near)


def _regular(path: str) -> os.stat_result | None:
    """What lstat says of a regular file; None for anything else."""
    try:
        status = os.lstat(path)
    except OSError:
        return None
    return status if stat.S_ISREG(status.st_mode) else None


def _run_of(stem: str, folder: str | None = None) -> str:
    """The run id. A name of the user's own choice is a child's if it ends in a number and there is one without it."""
    known = parts(stem)
    if known:
        return known[0]
    base, _, child = stem.rpartition(".")
    is_child = folder is not None and is_number(child) and os.path.isfile(os.path.join(folder, base + SUFFIX))
    return _run_of(base, folder) if is_child else stem


def _file(name: str, folder: str) -> str:
    for path in (name, name + SUFFIX, os.path.join(folder, name)):
        if os.path.isfile(path):
            return os.path.realpath(path) if os.path.islink(path) else path
    raise UsageError(f"there is no recording {name!r}", *_no_file(name))


def _no_file(path: str) -> tuple[str, str]:
    """Cause and hint for a path that no file has."""
    if os.path.isdir(path):
        return "it is a folder", "name a file in it, or have OCORO_DIR name the folder and see 'ocoro runs'"
    cause = "it is no regular file" if os.path.exists(path) else "no such file"
    return cause, "'ocoro runs' lists the runs there are"


def _newest(runs: list[Entry], live: bool) -> Entry:
    try:
        here = os.getcwd()
    except OSError:  # the directory is gone
        here = ""
    return max(runs, key=lambda run: (live and run.state == "live", run.directory == here, run.started))


def _by_age(name: str, runs: list[Entry]) -> Entry:
    if not is_number(name[1:]):
        raise UsageError(f"there is no option {name}", "nor a run of that name", "a run is 'last', -2, a pid or a name")
    position = int(name[1:])
    if not 0 < position <= len(runs):
        cause = "there is one run only" if len(runs) == 1 else f"there are {len(runs)} runs"
        raise UsageError(f"there is no run {name}", cause, "-1 is the last run, -2 the one before it; see 'ocoro runs'")
    return runs[position - 1]


def _by_name(name: str, entries: list[Entry]) -> Entry | None:
    """The run of this name or process id."""
    same_name = (each for each in entries if each.name == name)
    same_pid = (each for each in entries if is_number(name) and each.pid == int(name))
    return next(same_name, None) or next(same_pid, None)


def _by_part(name: str, entries: list[Entry], folder: str) -> str:
    """The file of this name, if it holds a recording, or of the only run whose id holds the name."""
    for path in (name, name + SUFFIX):
        if os.path.isfile(path) and is_recording(path):
            return path
    matching = [run[0] for run in by_run(entries) if name in run[0].run_id]
    if len(matching) == 1:
        return matching[0].path
    if not matching and os.path.isdir(name):
        raise UsageError(f"there is no recording {name!r}", *_no_file(name))
    if not entries:
        raise _no_runs(folder, [])
    if matching:
        raise UsageError(
            f"more than one run is named like {name!r}",
            f"there are {len(matching)}: {_some(each.run_id for each in matching)}",
            f"the newest is {matching[0].pid}; 'ocoro runs' lists them all",
        )
    raise UsageError(f"there is no run {name!r}", *_close(name, entries))


def _close(name: str, entries: list[Entry]) -> tuple[str, str]:
    """Cause and hint for a name that nothing has."""
    from difflib import get_close_matches

    names = {each.program.removesuffix(".py"): each.run_id for each in reversed(entries) if each.is_first}
    names.update((each.run_id, each.run_id) for each in entries)
    close = get_close_matches(name.removesuffix(".py"), names, 1)
    cause = "it is no process id, no run id and no part of one, and no file that holds a recording"
    return cause, f"did you mean {names[close[0]]}?" if close else "'ocoro runs' lists the runs there are"


def _some(names: Iterable[str], most: int = 4) -> str:
    listed = list(names)
    return ", ".join(listed[:most]) + (", ..." if len(listed) > most else "")


def _no_runs(folder: str, unreadable: list[Entry]) -> UsageError:
    cause = not_read(unreadable) if unreadable else _why_empty(folder)
    return UsageError("no run is recorded", cause, "record one: 'ocoro run script.py'")


def _why_empty(folder: str) -> str:
    try:
        os.listdir(folder)
    except FileNotFoundError:
        pass
    except OSError as problem:
        return f"{folder} cannot be read: {problem.strerror or problem}"
    return f"there is no recording in {folder}"
