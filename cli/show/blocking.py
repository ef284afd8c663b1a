"""What blocked the thread: where, who could have run meanwhile, and what may help."""

from __future__ import annotations

import os
import re
import stat
from bisect import bisect_left, bisect_right
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ocoro.cli.recorded.model import PREEMPTED
from ocoro.cli.show import offloading, places
from ocoro.cli.show.select import by_site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ocoro.cli.recorded.model import Aggregate, Run, Site

Key = tuple[str, str, int]  # call, file, line
SOURCE_MOST = 1 << 20  # bytes of a source file that are read


# names in a line of source, with what makes them calls; texts and comments are none
_NAME = re.compile(r"([\w.]+)(\(?)")
_TEXT = re.compile(r"""'[^']*'|"[^"]*"|#.*""")


@dataclass(frozen=True, slots=True)
class Hint:
    """What helps against a kind of blocking, which one of these names tells; without names, against any.

    `json.` is a module, `open(` a function or method, `.read(` a method, and `os.stat(` that function only.
    """

    names: frozenset[str]
    text: str
    offloads: bool = False  # the call gives up the interpreter's lock, so it may be made in a real thread


def _hint(names: str, text: str, offloads: bool = False) -> Hint:
    return Hint(frozenset(names.split()), text, offloads)


# The first that fits is given.
HINTS = (
    _hint(
        "psycopg2.",
        "this database driver waits in C; psycopg2.extensions.set_wait_callback(psycopg2.extras.wait_select) makes its "
        "waits such as can be suspended, and so does a driver written in Python",
        offloads=True,
    ),
    _hint(
        "psycopg.",
        "this database driver waits in C; with PSYCOPG_IMPL=python in the environment it waits in Python, where it can "
        "be suspended",
        offloads=True,
    ),
    _hint(
        "sqlite3. MySQLdb. oracledb. pyodbc. .commit( .execute( .executemany( .executescript(",
        "a database driver written in C waits where nothing can be suspended; keep transactions short, or use a driver "
        "written in Python",
        offloads=True,
    ),
    _hint(
        ".send( .sendall( .sendto( .sendmsg( .sendfile( .recv( .recv_into( .recvfrom( .recvmsg( .accept( .connect( "
        ".do_handshake(",
        "what looks like a socket waited where nothing can be suspended: it is of a library written in C, or its hook "
        "is off (--no-hook)",
        offloads=True,
    ),
    _hint(
        "subprocess. Popen( check_output( check_call( fork_exec( _fork_exec( posix_spawn( posix_spawnp( forkpty( "
        "os.system( os.popen( os.fork( os.wait( os.waitpid(",
        "starting a process, and waiting for it other than by wait or communicate, holds the thread; start fewer, or "
        "keep helpers running and talk to them through pipes",
    ),
    _hint(
        "dns. pycares. getaddrinfo( getnameinfo( gethostbyname( gethostbyname_ex( gethostbyaddr(",
        "a name was looked up by a library of its own; use the socket module's functions or look names up once",
        offloads=True,
    ),
    _hint(
        "fsync( fdatasync( os.sync( .flush(",
        "the disk is waited for; sync less often",
        offloads=True,
    ),
    _hint(
        "shutil. open( copyfile( listdir( scandir( walk( .read( .readline( .readlines( .read_text( .read_bytes( "
        ".write( .writelines( .write_text( .write_bytes( os.stat( os.rename( os.replace(",
        "files are always ready for the kernel, so reading and writing them holds the thread; use larger pieces, fewer "
        "files, or another process for slow and remote disks",
    ),
    _hint(
        "hashlib. hmac. zlib. gzip. bz2. lzma. bcrypt. argon2. crypt. sha1( sha256( sha512( md5( pbkdf2_hmac( scrypt( "
        "hashpw( compress( decompress(",
        "hashing and compressing keep a processor busy; do them in pieces",
        offloads=True,
    ),
    _hint(
        "json. simplejson. orjson. ujson. pickle. marshal. yaml. xml. lxml. re. .sub( .subn( .findall( .sort( sorted(",
        "one long call into C cannot be preempted; give it smaller pieces, or use a process pool",
    ),
    _hint(
        "numpy. np. pandas. pd. scipy. sklearn. torch. PIL. cv2.",
        "computing in a C library cannot be preempted; give it smaller pieces",
        offloads=True,
    ),
    _hint(
        "import importlib. import_module( __import__(",
        "importing reads files and runs module code; import before the work starts",
    ),
    _hint(
        "",
        "a call into C kept the thread, where nothing can be suspended",
        offloads=True,
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
    names, held_up = run.names(), who_was_held_up(run)
    rescues = {_place(each.site): each.calls for each in run.aggregates if each.site.call == RESCUED}
    result = []
    for each in sites:
        source = source_line(each.site, run.started)
        count = rescues.get(_place(each.site), 0)
        advice = f"no hook covers this call; {_times(count)} it was interrupted to let others run" if count else ""
        if advice:
            advice = f"{advice}; {_offload(each.site, run.started)}"
        held = held_up.get(key(each.site), Counter())
        known = tuple(names.get(number, f"coroutine {number}") for number, _ in held.most_common())
        result.append(Culprit(each, known, source, advice or hint(each.site, source, run.started)))
    return result


@dataclass(frozen=True, slots=True)
class Computing:
    """A function that was preempted, and where that was most often."""

    site: Site
    times: int
    source: str  # that line, if it is where most of it was


def computing(run: Run) -> list[Computing]:
    """The functions that computed for longer than their time slice, most often first.

    Which line of a loop is interrupted is chance, so functions count. Where C code blocked the thread, it is no wonder
    that the time slice was over behind it: such lines are left out.
    """
    blocked = {_place(each.site) for each in run.aggregates if each.blocked}
    functions: dict[tuple[str, str], list[Aggregate]] = {}
    for each in by_site(run.aggregates):
        if each.site.call == PREEMPTED and _place(each.site) not in blocked:
            functions.setdefault((each.site.file, each.site.function), []).append(each)
    found = []
    for sites in functions.values():
        most = max(sites, key=lambda each: each.waits)
        times = sum(each.waits for each in sites)
        source = source_line(most.site, run.started) if 2 * most.waits > times else ""
        found.append(Computing(most.site, times, source))
    return sorted(found, key=lambda each: -each.times)


def hint(site: Site, source: str = "", before: int = 0) -> str:
    """What may help, by what is known of the place; its file is read if it is older than `before`."""
    known = _in_library(site) | _in_source(source)
    found = next(each for each in HINTS if not each.names or each.names & known)
    return f"{found.text}; {_offload(site, before)}" if found.offloads else found.text


def _offload(site: Site, before: int) -> str:
    """How to have the call made in a real thread, with the name of its function where that is known."""
    name = offloading.function(_text(site, before), site.line)
    if name:
        return f"--offload={name} makes the call in a real thread"
    return "--offload=MODULE.FUNCTION makes the calls of a function in real threads"


def _in_library(site: Site) -> set[str]:
    """The modules that the place is in, and its function; nothing if it is the program's own, which has any name."""
    module = places.module(site.file)
    if not module:
        return set()
    function = site.function.rpartition(".")[2]
    return {f"{part}." for part in module.split(".")} | _call([module.rpartition(".")[2], function])


def _in_source(source: str) -> set[str]:
    """Modules and functions that a line of source names, and `import` if it is such a statement."""
    found = {"import"} if source.startswith(("import ", "from ")) else set()
    for name, is_call in _NAME.findall(_TEXT.sub("", source)):
        parts = name.split(".")
        found |= {f"{parts[0]}."} if parts[1:] else set()
        found |= _call(parts[-2:]) if is_call else set()
    return found


def _call(parts: list[str]) -> set[str]:
    """What a call by this name, or by an owner's and this one, is called in hints."""
    name = f"{parts[-1]}("
    return {name, f".{name}", ".".join(parts) + "("} if parts[1:] else {name}


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def _place(site: Site) -> tuple[str, int]:
    return site.file, site.line


def key(site: Site) -> Key:
    """What a place is known by, as one line may have several sites."""
    return site.call, site.file, site.line


def who_was_held_up(run: Run) -> dict[Key, Counter[int]]:
    """For each place, who was ready but not resumed while it blocked the thread: number, and how long, in ns."""
    stalls = sorted((each for each in run.events if each.kind == "blocked"), key=lambda each: each.start)
    starts = [each.start for each in stalls]
    times: dict[Key, Counter[int]] = {}
    for coroutine, begin, end in _ready(run):
        for stall in stalls[max(0, bisect_right(starts, begin) - 1) : bisect_left(starts, end)]:
            overlap = min(stall.end, end) - max(stall.start, begin)
            if overlap > 0 and stall.site and stall.coroutine != coroutine:
                times.setdefault(key(stall.site), Counter())[coroutine] += overlap
    return times


def _ready(run: Run) -> Iterator[tuple[int, int, int]]:
    """Who could have run, or did, and from when until when.

    When somebody who was started or preempted got the thread is not recorded, only what came next. Until then no other
    could have blocked it but by keeping the thread from him.
    """
    next_at = {each.number: each.since for each in run.coroutine_records if each.state == "waiting"}
    next_at |= {each.number: run.wall for each in run.coroutine_records if each.state == "ready"}
    for event in reversed(run.events):
        if event.kind == "wait":
            yield event.coroutine, event.ready, event.end
        elif event.kind in ("spawn", "preempt") and event.coroutine in next_at:
            yield event.coroutine, event.end, next_at[event.coroutine]
        if event.kind in ("wait", "spawn", "preempt", "end"):
            next_at[event.coroutine] = event.start


def source_line(site: Site, before: int) -> str:
    """The line of source at a site; empty if the file cannot be read or is not older than `before` (since 1970)."""
    lines = _text(site, before).splitlines()
    return lines[site.line - 1].strip() if 0 < site.line <= len(lines) else ""


def _text(site: Site, before: int) -> str:
    """The source file of a site, under the same conditions."""
    if not site.file.endswith(".py") or site.line < 1:
        return ""
    try:
        status = os.stat(site.file)
        if not stat.S_ISREG(status.st_mode) or status.st_mtime_ns > before:
            return ""
        with open(site.file, "rb") as file:
            return file.read(SOURCE_MOST).decode("utf-8", "replace")
    except (OSError, ValueError):
        return ""
