"""Runs a program under plain python or under `ocoro run`, in a process group of its own and with a time limit.

A program that hangs is first asked for the stacks of its threads (SIGABRT and faulthandler), then its whole group is
killed. The report line that `ocoro run --report line` leaves on stderr is read back as numbers.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

PYTHON = (sys.executable,)
OCORO = (sys.executable, "-P", "-m", "ocoro", "run", "--report", "line")
LIMIT = 100.0  # seconds

_LINE = re.compile(
    r"^ocoro: wall (?P<wall>[\d.]+) s = running (?P<running>[\d.]+) \+ idle (?P<idle>[\d.]+)"
    r" \+ blocked (?P<blocked>[\d.]+); waits (?P<waits>[\d.]+) s, overlapped (?P<overlapped>[\d.]+) %;"
    r" coroutines (?P<coroutines>\d+) \(most at once (?P<most>\d+)\), switches (?P<switches>\d+);(?P<calls>[^;]*)",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Report:
    """The recorder's own numbers. Times are seconds, `overlapped` is in percent."""

    wall: float
    running: float
    idle: float
    blocked: float
    waits: float
    overlapped: float
    coroutines: int
    most: int
    switches: int
    calls: dict[str, int]

    def count(self, prefix: str) -> int:
        """How many waits there were in the calls whose names begin with `prefix`."""
        return sum(count for name, count in self.calls.items() if name.startswith(prefix))


@dataclass(frozen=True)
class Outcome:
    """What a finished program left behind."""

    out: str
    err: str
    status: int

    @property
    def report(self) -> Report:
        """The report line on stderr; AssertionError when there is not exactly one."""
        lines = list(_LINE.finditer(self.err))
        assert len(lines) == 1, f"{len(lines)} report lines in:\n{self.err}"
        found = lines[0].groupdict()
        words = found.pop("calls").split()
        calls = dict(zip(words[::2], map(int, words[1::2]), strict=True))
        counts = {name: int(found.pop(name)) for name in ("coroutines", "most", "switches")}
        return Report(**{name: float(text) for name, text in found.items()}, **counts, calls=calls)  # type: ignore[arg-type]


def run(
    launcher: Sequence[str],
    *target: object,
    limit: float = LIMIT,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Outcome:
    """Run `target`, a program and its arguments; AssertionError with all it printed when it outlasts the limit."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        with started(launcher, *target, out=out, err=err, env=env, cwd=cwd) as process:
            ended = ends(process, limit) or _shows_stacks(process)
        outcome = Outcome(text(out), text(err), process.returncode)
    assert ended, f"{target} did not end within {limit} s\n{outcome.out}\n{outcome.err}"
    return outcome


@contextlib.contextmanager
def started(
    launcher: Sequence[str],
    *target: object,
    out: BinaryIO,
    err: BinaryIO,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """A running program; its process group is killed at the end of the block. `env` is added to the environment."""
    process = subprocess.Popen(
        [*launcher, *map(str, target)],
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=err,
        env=_environment() | dict(env or {}),
        cwd=cwd,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def ends(process: subprocess.Popen[bytes], limit: float = LIMIT) -> bool:
    """Whether it ends in time. It stays unreaped, so that its number is nobody else's when its group is killed."""
    end = time.monotonic() + limit
    while not os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
        if time.monotonic() >= end:
            return False
        time.sleep(0.02)
    return True


def wait_for_text(process: subprocess.Popen[bytes], file: BinaryIO, pattern: str) -> re.Match[str]:
    """The first match of `pattern` in the file that the running program writes to."""
    end = time.monotonic() + LIMIT
    while not (match := re.search(pattern, text(file))):
        running = time.monotonic() < end and not ends(process, 0)
        assert running, f"no {pattern!r} in:\n{text(file)}"
        time.sleep(0.02)
    return match


def recordings(folder: Path) -> dict[int, dict[str, Any]]:
    """What `ocoro stats --json` says of each process that has recorded into the folder, by process id."""
    command = (sys.executable, "-P", "-m", "ocoro", "stats", "--json")
    found = [json.loads(run(command, path).out) for path in folder.glob("*.ocoro")]
    return {stats["run"]["pid"]: stats for stats in found}


def text(file: BinaryIO) -> str:
    """All of a file that somebody may still be writing to, without moving the position that both share."""
    data = os.pread(file.fileno(), os.fstat(file.fileno()).st_size, 0)
    return data.decode("utf-8", "backslashreplace")


def _environment() -> dict[str, str]:
    """The caller's, without what would change the output or send local requests to a proxy."""
    unwanted = re.compile(r"(?i).*_proxy$|OCORO_.*|PYTHON(?!PATH$|HOME$).*")
    kept = {name: value for name, value in os.environ.items() if not unwanted.match(name)}
    return kept | {"PYTHONFAULTHANDLER": "1"}


def _shows_stacks(process: subprocess.Popen[bytes]) -> bool:
    """False; faulthandler writes down where the threads of a program that hangs are."""
    process.send_signal(signal.SIGABRT)
    ends(process, 5)
    return False
