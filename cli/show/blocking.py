"""What blocked the thread: where, who could have run meanwhile, and what may help."""

from __future__ import annotations

import os
import re
import stat
from bisect import bisect_left, bisect_right
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ocoro.cli.show.select import by_site

if TYPE_CHECKING:
    from ocoro.cli.recorded.model import Aggregate, Run, Site

SOURCE_MOST = 1 << 20  # bytes of a source file that are read


@dataclass(frozen=True, slots=True)
class Hint:
    """What helps against a kind of blocking; the pattern is looked for in call, file, function and source line."""

    pattern: re.Pattern[str]
    text: str


def _hint(pattern: str, text: str) -> Hint:
    return Hint(re.compile(pattern, re.IGNORECASE), text)


# The first that matches is given; the last matches everything.
HINTS = (
    _hint(
        r"sqlite3|\bcommit\b|\.execute(many|script)?\(",
        "a database driver written in C waits where nothing can be suspended; keep transactions short, use a driver "
        "written in Python, or make the calls in another process",
    ),
    _hint(
        r"subprocess|popen|check_output|os\.(system|wait)|posix_spawn|_execute_child",
        "starting a process, and waiting for it other than by wait or communicate, holds the thread; start fewer, or "
        "keep helpers running and talk to them through pipes",
    ),
    _hint(
        r"getaddrinfo|gethostby|resolve",
        "a name was looked up by a library of its own; use the socket module's functions or look names up once",
    ),
    _hint(
        r"fsync|\bflush\b|sync\(",
        "the disk is waited for; sync less often, or do it in another process",
    ),
    _hint(
        r"\bopen\(|\.(read|write)(lines?|_text|_bytes)?\(|shutil|copyfile|listdir|scandir|\bwalk\(|os\.(stat|rename|replace)",
        "files are always ready for the kernel, so reading and writing them holds the thread; use larger pieces, fewer "
        "files, or another process for slow and remote disks",
    ),
    _hint(
        r"sha\d|md5|hashlib|pbkdf2|scrypt|bcrypt|argon|zlib|gzip|bz2|lzma|compress|crypt",
        "hashing and compressing keep a processor busy; do them in pieces, or in a process pool",
    ),
    _hint(
        r"json|pickle|marshal|yaml|xml|\bre\.|\.sub\(|findall|sorted\(|\.sort\(",
        "one long call into C cannot be preempted; give it smaller pieces, or use a process pool",
    ),
    _hint(
        r"numpy|\bnp\.|pandas|\bpd\.|scipy|torch|PIL|cv2",
        "computing in a C library cannot be preempted; give it smaller pieces, or use a process pool",
    ),
    _hint(
        r"\bimport\b|importlib|_bootstrap",
        "importing reads files and runs module code; import before the work starts",
    ),
    _hint(
        r"",
        "a call into C kept the thread; make it shorter, or make it in a process pool",
    ),
)


RESCUED = "rescued"  # as a call: one without a hook was interrupted, see `runtime.rescue`


@dataclass(frozen=True, slots=True)
class Culprit:
    """A place that blocked the thread."""

    aggregate: Aggregate
    held_up: tuple[str, ...]  # names of coroutines that could have run, as far as the events tell
    source: str  # the line of the program, if its file is as it was
    hint: str


def culprits(run: Run) -> list[Culprit]:
    """The places that blocked the thread, the longest time first."""
    sites = sorted((each for each in by_site(run.aggregates) if each.blocked), key=lambda each: -each.blocked)
    held_up = _held_up(run)
    rescues = {_place(each.site): each.calls for each in run.aggregates if each.site.call == RESCUED}
    result = []
    for each in sites:
        source = source_line(each.site, run.started)
        count = rescues.get(_place(each.site), 0)
        advice = f"no hook covers this call; {_times(count)} it was interrupted to let others run" if count else ""
        known = tuple(held_up.get(_key(each.site), ()))
        result.append(Culprit(each, known, source, advice or hint(each.site, source)))
    return result


def hint(site: Site, source: str = "") -> str:
    """What may help, by what is known of the place."""
    file = "/".join(site.file.split("/")[-2:])
    known = f"{site.call} {file} {site.function} {source}"
    return next(each.text for each in HINTS if each.pattern.search(known))


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def _place(site: Site) -> tuple[str, int]:
    return site.file, site.line


def _key(site: Site) -> tuple[str, str, int]:
    return site.call, site.file, site.line


def _held_up(run: Run) -> dict[tuple[str, str, int], list[str]]:
    """For each place, who was ready but not resumed while it blocked the thread: names, the longest held up first."""
    stalls = sorted((each for each in run.events if each.kind == "blocked"), key=lambda each: each.start)
    starts = [each.start for each in stalls]
    times: dict[tuple[str, str, int], Counter[int]] = {}
    for wait in run.events:
        if wait.kind != "wait":
            continue
        for stall in stalls[max(0, bisect_right(starts, wait.ready) - 1) : bisect_left(starts, wait.end)]:
            overlap = min(stall.end, wait.end) - max(stall.start, wait.ready)
            if overlap > 0 and stall.site and stall.coroutine != wait.coroutine:
                times.setdefault(_key(stall.site), Counter())[wait.coroutine] += overlap
    names = run.names()
    return {
        key: [names.get(number, f"coroutine {number}") for number, _ in held.most_common()]
        for key, held in times.items()
    }


def source_line(site: Site, before: int) -> str:
    """The line of source at a site; empty if the file cannot be read or is not older than `before` (since 1970)."""
    if not site.file.endswith(".py") or site.line < 1:
        return ""
    try:
        status = os.stat(site.file)
        if not stat.S_ISREG(status.st_mode) or status.st_mtime_ns > before:
            return ""
        with open(site.file, "rb") as file:
            lines = file.read(SOURCE_MOST).decode("utf-8", "replace").splitlines()
    except (OSError, ValueError):
        return ""
    return lines[site.line - 1].strip() if site.line <= len(lines) else ""
