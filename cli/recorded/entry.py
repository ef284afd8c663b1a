"""One recording, as its name, its header and the sums behind that tell; the rest of the file is not read.

The launcher of `ocoro run` imports this file, so it does without re, dataclasses and typing.
"""

from __future__ import annotations

import os
import time

from ocoro.runtime.layout import BLOCK, DESCRIPTION, HEADER, LIVE, MAGIC, PAGE, PREPARED, TOTAL, TOTALS

SUFFIX = ".ocoro"
STAMP_LENGTH = 15  # of 20261123T101500
SUMS_END = PAGE + BLOCK.size + TOTAL.size
LONGEST = 1e10  # seconds; times beyond are damage
DISK_BLOCK = 512  # bytes; what st_blocks counts in
SUSPENSE = 1.0  # seconds by which the clocks that `is_alive` compares may disagree


class Entry:
    """What the header of one file says.

    `state` is live, ended or killed; `started` is in nanoseconds since 1970; `wall`, in nanoseconds, ends when the run
    was last recorded or, while it lives, now; `size` is in bytes on the disk. Where the header cannot be read, what is
    known from the name and the file system stands in, and `problem` says why where the file could not be opened.
    """

    def __init__(self, path: str, status: os.stat_result) -> None:
        self.path = path
        self.name = os.path.basename(path).removesuffix(SUFFIX)
        self.run_id, self.program, self.pid = parts(self.name) or (self.name, self.name, 0)
        self.parent = 0
        self.command: tuple[str, ...] = ()
        self.directory = ""
        self.started = status.st_mtime_ns
        self.state = "killed"
        self.wall = 0
        self.size = status.st_blocks * DISK_BLOCK
        self.owner = status.st_uid
        self.problem = ""
        try:
            head = _read_head(path)
        except OSError as problem:
            self.problem = problem.strerror or str(problem)
            head = b""
        if len(head) >= HEADER.size and head.startswith(MAGIC):
            self._take(head)

    def _take(self, head: bytes) -> None:
        _, _, _, pid, parent, started, since, state = HEADER.unpack_from(head)
        if state == PREPARED:  # by the launcher: the process has still to write its header
            since = time.monotonic() - max(0.0, time.time() - self.started / 1e9)
        else:
            self.pid, self.parent, self.started = pid, parent, started
        if state not in (PREPARED, LIVE):
            self.state = "ended"
        elif is_alive(self.pid, since):
            self.state = "live"
        last = time.monotonic() if self.state == "live" else _last_recorded(head)
        self.wall = max(0, round((last - since) * 1e9)) if abs(last - since) < LONGEST else 0
        description = _description(head)
        self.program = description.get("program", self.program)
        self.command = tuple(filter(None, description.get("command", "").split("\x1f")))
        self.directory = description.get("directory", "")

    @property
    def is_first(self) -> bool:
        """Whether this is the run's first process, the one that `ocoro run` started."""
        return self.name == self.run_id


def parts(stem: str) -> tuple[str, str, int] | None:
    """Run id, program and process id from the name of a run's file without its suffix; None for any other name."""
    stamp, rest = stem[:STAMP_LENGTH], stem[STAMP_LENGTH:]
    program, dash, numbers = rest[1:].rpartition("-")
    pids = numbers.split(".")
    is_stamp = stamp[8:9] == "T" and is_number(stamp[:8] + stamp[9:])
    if not is_stamp or not rest.startswith("-") or not dash or not all(map(is_number, pids)):
        return None
    return f"{stamp}-{program}-{pids[0]}", program, int(pids[-1])


def is_number(text: str) -> bool:
    """Whether these are digits, of a process id or a part of the time."""
    return text.isascii() and text.isdigit() and len(text) < STAMP_LENGTH


def is_recording(path: str) -> bool:
    """Whether the file begins as a recording does."""
    try:
        return _read_head(path).startswith(MAGIC)
    except OSError:
        return False


def description(path: str) -> dict[str, str]:
    """What the header of a file says in words; nothing for what is no recording."""
    return _description(_read_head(path)) if is_recording(path) else {}


def is_alive(pid: int, since: float) -> bool:
    """Whether the process lives that had this id at `since`, in seconds of the monotonic clock, and is no zombie.

    Linux tells when a process was made; one that is younger than the run is another one with the same id. Its clock
    also counts while the machine is suspended and the monotonic one does not, so no living process is taken for dead.
    """
    if not 0 < pid < 1 << 31 or not _exists(pid):
        return False
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
        age = time.clock_gettime(time.CLOCK_BOOTTIME) - int(fields[19]) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError, AttributeError):  # not Linux
        return True
    return fields[0] not in (b"Z", b"X") and -SUSPENSE <= time.monotonic() - since <= age + SUSPENSE


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except OSError:
        return False
    return True


def _read_head(path: str) -> bytes:
    """Raises OSError."""
    with open(path, "rb", buffering=0) as file:
        return file.read(SUMS_END) or b""


def _last_recorded(head: bytes) -> float:
    """Monotonic seconds at which the sums were written, which stand first behind the header; 0 when they do not."""
    if len(head) < SUMS_END or BLOCK.unpack_from(head, PAGE)[0] != TOTALS:
        return 0.0
    at: float = TOTAL.unpack_from(head, PAGE + BLOCK.size)[0]
    return at


def _description(head: bytes) -> dict[str, str]:
    """Key -> value from the lines behind the numbers of a header."""
    lines = head[DESCRIPTION:PAGE].partition(b"\0")[0].decode("utf-8", "replace").split("\n")
    pairs = (line.partition("=") for line in lines)
    return {key: _unescaped(value) for key, equals, value in pairs if equals}


def _unescaped(value: str) -> str:
    return "\\".join(part.replace("\\n", "\n") for part in value.split("\\\\"))
