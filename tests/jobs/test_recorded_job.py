"""The recording of a whole service agrees with whoever else has counted: the program, redis, and the kernel.

Comparable are calls that succeeded; of the recorded ones, those that raised are taken off. In the kernel these are the
system calls on sockets that transferred bytes, or the end of them, or made a connection: neither those that only said
EAGAIN, nor poll(2) and epoll_wait(2). On sockets with a time-out the hooks may use read(2) and write(2).
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from process import run
from servers import HOST, redis_server

from ocoro.cli.recorded.reader import read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ocoro.cli.recorded.model import Run

PROGRAMS = Path(__file__).parent / "programs"
SITE = PROGRAMS / "recorded_site.py"
OCORO = (sys.executable, "-P", "-m", "ocoro")
LIMIT = 100.0  # seconds
CLIENTS, ROUNDS, SIZE = 20, 10, 2000
LARGE = 1_000_000  # bytes; more than the buffers of the site's sockets take at once

COUNTS = 0.01  # how far two counts may differ
TIMES = 0.02  # how far two sums of times may differ

Figures = dict[str, tuple[int, int]]  # calls and bytes by kind

KINDS = {  # system calls, methods, and calls as recorded -> what they do
    **dict.fromkeys(("recv", "recv_into", "read", "readv", "recvfrom", "recvmsg"), "receive"),
    **dict.fromkeys(("send", "sendall", "write", "writev", "sendto", "sendmsg"), "send"),
    **dict.fromkeys(("accept", "accept4"), "accept"),
    "connect": "connect",
}
TRANSFERS = ("receive", "send")
SYSTEM_CALL = re.compile(r"^(\w+)\(\d+<(?:socket|TCP):\[.*\) += (-?\d+)(?: (E\w+))?", re.MULTILINE)


@dataclass(frozen=True)
class Recorded:
    """A finished run: what its last line says, what is read from its file, and what `ocoro stats --json` says."""

    said: dict[str, Any]
    run: Run
    stats: dict[str, Any]

    def figures(self) -> Figures:
        """Calls on sockets that succeeded, and their bytes; `read` and `write` are recorded of other files."""
        rows = (row for row in self.stats["calls"] if row["call"] not in ("read", "write"))
        return summed((row["call"], row["calls"] - row["errors"], row["bytes"]) for row in rows)

    def one(self, call: str) -> dict[str, Any]:
        """The row of one kind of call."""
        rows: dict[str, dict[str, Any]] = {row["call"]: row for row in self.stats["calls"]}
        return rows[call]


def summed(calls: Iterable[tuple[str, int, int]]) -> Figures:
    """(name, calls, bytes) by what they do; other names are left out."""
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for name, count, size in calls:
        if name in KINDS:
            sums[KINDS[name]][0] += count
            sums[KINDS[name]][1] += size
    return {kind: (count, size) for kind, (count, size) in sums.items()}


def close(figures: Figures) -> dict[str, Any]:
    """What is equal to figures that differ little."""
    return {kind: pytest.approx(pair, rel=COUNTS) for kind, pair in figures.items()}


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The variables of a process that records into an empty folder and asks no proxy."""
    kept = {name: value for name, value in os.environ.items() if not re.match(r"(?i)OCORO_|.*_proxy$", name)}
    return kept | {"OCORO_DIR": str(tmp_path / "runs")}


@pytest.fixture
def stats(environment: dict[str, str], tmp_path: Path) -> Callable[[], tuple[Run, dict[str, Any]]]:
    """`stats()`: the one recording, from the reader and from `ocoro stats --json`."""

    def stats() -> tuple[Run, dict[str, Any]]:
        (path,) = (tmp_path / "runs").glob("*.ocoro")
        shown = run([*OCORO, "stats", "--json"], env=environment, cwd=tmp_path)
        assert (shown.err, shown.status) == ("", 0)
        return read(str(path)), json.loads(shown.out)

    return stats


@pytest.fixture
def recorded(environment: dict[str, str], stats: Callable[[], Any], tmp_path: Path) -> Callable[..., Recorded]:
    """`recorded(program, arguments, ..., under=[command])`: a recorded run that ended well."""

    def recorded(*target: object, under: Sequence[str] = ()) -> Recorded:
        command = [*under, *OCORO, "run", "--quiet", *map(str, target)]
        done = run(command, env=environment, cwd=tmp_path, limit=LIMIT)
        assert (done.err, done.status) == ("", 0), done
        found, shown = stats()
        assert_same(found, shown)
        last = "".join(done.out.splitlines()[-1:])
        return Recorded(json.loads(last or "{}"), found, shown)

    return recorded


def assert_same(found: Run, shown: dict[str, Any]) -> None:
    """The reader and `ocoro stats` say the same of a run that has ended."""
    assert (found.problems, found.state, shown["run"]["state"]) == ([], "ended", "ended")
    calls = {row["call"]: (row["calls"], row["waits"], row["bytes"], row["wait_ns"]) for row in shown["calls"]}
    for call, row in calls.items():
        mine = [each for each in found.aggregates if each.site.call == call]
        assert row == tuple(sum(getattr(each, name) for each in mine) for name in ("calls", "waits", "bytes", "wait"))
    assert sum(wait for *_, wait in calls.values()) == found.waits == shown["totals"]["waits_ns"]


@pytest.fixture
def redis() -> Iterator[Any]:
    """A client of a server that has counted nothing yet, whose port is `redis.port`."""
    client = pytest.importorskip("redis")
    pytest.importorskip("flask")
    pytest.importorskip("requests")
    with redis_server() as port, client.Redis(HOST, port) as connection:
        connection.config_resetstat()
        connection.port = port
        yield connection


@pytest.fixture
def strace(tmp_path: Path) -> list[str]:
    """The command that follows all threads of a program, each into a file of its own."""
    if not (path := shutil.which("strace")):
        pytest.skip("strace is not installed (Debian package strace)")
    calls = sorted({*KINDS} - {"recv", "recv_into", "send", "sendall"})
    return [path, "-ff", "-y", "-s0", "-e", f"trace={','.join(calls)}", "-o", str(tmp_path / "strace")]


def traced(folder: Path) -> Figures:
    """What the kernel did on sockets: the calls that neither failed nor were to be tried again."""
    text = "".join(path.read_text(errors="replace") for path in folder.glob("strace.*"))
    found = SYSTEM_CALL.findall(text)
    return summed(
        (name, 1, int(result) if KINDS[name] in TRANSFERS else 0)
        for name, result, error in found
        if not error or (name, error) == ("connect", "EINPROGRESS")
    )


# -- a run to its end --------------------------------------------------------------------------------------------------


def test_counts_agree_with_the_programs_own(recorded: Callable[..., Recorded], redis: Any) -> None:
    ran = recorded(PROGRAMS / "recorded_counting.py", SITE, redis.port, CLIENTS, ROUNDS, SIZE)
    said = [(name, counted["calls"], counted["bytes"]) for name, counted in ran.said.items()]
    assert ran.figures() == close(summed(said))
    assert ran.one("sleep")["calls"] == ran.said["sleep"]["calls"]


def test_counts_agree_with_both_servers(recorded: Callable[..., Recorded], redis: Any) -> None:
    ran = recorded(SITE, redis.port, CLIENTS, ROUNDS, SIZE)
    redis_says = redis.info("stats")
    figures = ran.figures()
    (accepts, _), (connects, _) = figures["accept"], figures["connect"]
    assert accepts == ran.said["connections"]
    assert connects == ran.said["connections"] + redis_says["total_connections_received"]
    # What is not redis's is HTTP, of which both ends are in the program: one receives what the other sends.
    (_, received), (_, sent) = figures["receive"], figures["send"]
    http = sent - redis_says["total_net_input_bytes"]
    assert http > 2 * CLIENTS * ROUNDS * SIZE
    assert received - redis_says["total_net_output_bytes"] == pytest.approx(http, rel=COUNTS)


def test_sleeps_agree_with_the_programs_own(recorded: Callable[..., Recorded], redis: Any) -> None:
    ran = recorded(SITE, redis.port, CLIENTS, ROUNDS, SIZE)
    sleep = ran.one("sleep")
    assert (sleep["calls"], sleep["waits"]) == (ran.said["sleeps"], ran.said["sleeps"])
    assert sleep["wait_ns"] == pytest.approx(ran.said["slept"] * 1e9, rel=TIMES)


def test_counts_agree_with_the_kernels(
    recorded: Callable[..., Recorded], redis: Any, strace: list[str], tmp_path: Path
) -> None:
    ran = recorded(SITE, redis.port, CLIENTS, ROUNDS, SIZE, under=strace)
    assert ran.figures() == close(traced(tmp_path))


def test_large_transfers_agree_with_the_kernels(
    recorded: Callable[..., Recorded], redis: Any, strace: list[str], tmp_path: Path
) -> None:
    ran = recorded(SITE, redis.port, 5, 3, LARGE, under=strace)
    figures, kernels = ran.figures(), traced(tmp_path)
    (sends, sent), (pieces, written) = figures.pop("send"), kernels.pop("send")
    assert figures == close(kernels)
    assert sent == pytest.approx(written, rel=COUNTS)
    assert sends < pieces  # a sendall that has to wait is one call, in pieces
    assert ran.one("sendall")["waits"] > 0


def test_known_sleeps_add_up(recorded: Callable[..., Recorded]) -> None:
    threads, turns, unit = 210, 5, 0.01
    ran = recorded(PROGRAMS / "recorded_sleeps.py", threads, turns, unit)
    sleep = ran.one("sleep")
    assert (sleep["calls"], sleep["waits"], sleep["errors"]) == (threads * turns, threads * turns, 0)
    assert sleep["wait_ns"] == pytest.approx(threads * turns * 4 * unit * 1e9, rel=TIMES)  # 1 to 7 units: 4 on average
    assert sleep["max_ns"] == pytest.approx(7 * unit * 1e9, rel=TIMES)
    assert ran.run.wall == ran.run.running + ran.run.idle + ran.run.blocked
    assert ran.run.coroutines_most == threads + 1


def test_calls_that_fail_count_once(recorded: Callable[..., Recorded]) -> None:
    ran = recorded(PROGRAMS / "recorded_failures.py")
    made, raised = ran.said["made"], ran.said["raised"]
    for counts in (made, raised):  # recorded as one
        counts["recv"] += counts.pop("recv_into")
    assert {call: ran.one(call)["calls"] for call in made} == made
    assert {call: ran.one(call)["errors"] for call in raised} == raised
    assert raised.keys() == made.keys()


# -- a run that goes on, and one that is killed ------------------------------------------------------------------------


@contextlib.contextmanager
def started(*target: object, environment: dict[str, str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A program that runs and is recorded; killed at the end of the block."""
    command = [*OCORO, "run", "--quiet", *map(str, target)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, cwd=folder, start_new_session=True)
    with process:
        try:
            yield process
        finally:
            process.kill()


def sleeps(found: Run) -> int:
    return sum(each.waits for each in found.aggregates if each.site.call == "sleep")


def pages(redis: Any, least: int) -> int:
    """How many pages the service has counted in redis, each after a sleep, once there are so many."""
    end = time.monotonic() + LIMIT
    while (found := int(redis.get("pages") or 0)) < least:
        assert time.monotonic() < end, f"{found} pages only"
        time.sleep(0.02)
    return found


def test_service_is_read_live_and_killed(
    environment: dict[str, str], stats: Callable[[], tuple[Run, dict[str, Any]]], redis: Any, tmp_path: Path
) -> None:
    with started(SITE, redis.port, 5, 1_000_000, SIZE, environment=environment, folder=tmp_path) as service:
        seen = pages(redis, 50)
        live, shown = stats()
        assert (live.state, live.problems, shown["run"]["state"]) == ("live", [], "live")
        assert sleeps(live) >= seen
        pages(redis, seen + 50)
        service.kill()
        service.wait()
    killed, shown = stats()
    assert (killed.state, killed.problems, shown["run"]["state"]) == ("killed", [], "killed")
    assert sleeps(killed) >= max(pages(redis, 0), sleeps(live))
    (row,) = (row for row in shown["calls"] if row["call"] == "sleep")
    assert row["waits"] == sleeps(killed)


def test_kill_loses_no_wait(
    environment: dict[str, str], stats: Callable[[], tuple[Run, dict[str, Any]]], tmp_path: Path
) -> None:
    threads = 20
    with started(PROGRAMS / "recorded_progress.py", threads, environment=environment, folder=tmp_path) as process:
        assert process.stdout is not None
        said = process.stdout.read(1000)
        process.send_signal(signal.SIGKILL)
        said += process.stdout.read()
    killed, _ = stats()
    assert (killed.state, killed.problems) == ("killed", [])
    assert len(said) <= sleeps(killed) <= len(said) + threads  # each may have slept once more, and not said so
