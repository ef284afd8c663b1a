"""Real servers and their tools under `ocoro run`: the same answers as under plain python, and waits that overlap.

Where processes have children, each process records for itself, and the one of interest is asserted about.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import sys
import tempfile
import time
import urllib.request
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

import pytest
from jobs.runner import LIMIT, OCORO, PYTHON, ends, recordings, run, started, text, wait_for_text
from servers import postgres_server, redis_server

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator, Mapping

PROGRAMS = Path(__file__).parent / "programs"
CLIENTS = 100
WORKER_TIMEOUT = 6  # seconds

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Launcher:
    """How programs are started, and the folder that is theirs alone."""

    command: tuple[str, ...]
    folder: Path

    @contextlib.contextmanager
    def service(self, *target: object, **env: str) -> Iterator[tuple[subprocess.Popen[bytes], BinaryIO]]:
        """A running program, and the file with all it has said."""
        with (
            tempfile.TemporaryFile() as log,
            started(self.command, *target, out=log, err=log, env=env | self._places(), cwd=self.folder) as process,
        ):
            yield process, log

    def _places(self) -> dict[str, str]:
        return {"OCORO_DIR": str(self.folder), "HOME": str(self.folder)}


def both(use: Callable[[Launcher], Answer], folder: Path, *options: str) -> tuple[Answer, Answer]:
    """What it answers with plain python and with `ocoro run`, asked at the same time."""
    launchers = [Launcher(PYTHON, folder / "plain"), Launcher((*OCORO, "--quiet", *options), folder / "hooked")]
    for launcher in launchers:
        launcher.folder.mkdir()
    with ThreadPoolExecutor(2) as pool:
        plain, hooked = pool.map(use, launchers)
    return plain, hooked


def assert_overlaps(stats: dict[str, Any], most: int, waits: float) -> None:
    """At least `most` coroutines were alive at once, and waits of at least so many seconds hid each other."""
    totals = stats["totals"]
    assert totals["coroutines_most"] >= most, totals
    assert totals["waits_ns"] >= waits * 1e9, totals
    assert totals["overlapped"] >= 0.5, totals  # one after the other it would be next to nothing


def said(*target: object, env: Mapping[str, str] | None = None) -> str:
    """The output of a program that asks, which is not under test itself."""
    done = run(PYTHON, *target, env=env)
    assert done.status == 0, done.err
    return done.out


def fetch(url: str) -> str:
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=LIMIT) as response:
        data: bytes = response.read()
    return data.decode()


def wait_for(found: Callable[[], Answer]) -> Answer:
    """What it returns, once that is true."""
    end = time.monotonic() + LIMIT
    while not (answer := found()):
        assert time.monotonic() < end, found
        time.sleep(0.05)
    return answer


# -- gunicorn ----------------------------------------------------------------------------------------------------------


def test_gunicorn(tmp_path: Path) -> None:
    pytest.importorskip("gunicorn")
    pytest.importorskip("flask")
    (plain, plain_log, _), (hooked, hooked_log, worker) = both(serve_by_gunicorn, tmp_path)
    assert hooked == plain
    assert hooked_log == plain_log
    assert_overlaps(recordings(tmp_path / "hooked")[worker], most=CLIENTS, waits=CLIENTS * 3 * 0.2)


def serve_by_gunicorn(launcher: Launcher) -> tuple[list[object], set[str], int]:
    """What happened in order, what the log says, and the first worker's process id."""
    options = ("-k", "gthread", "--threads", 500, "--timeout", WORKER_TIMEOUT, "--bind", "127.0.0.1:0")
    gunicorn = shutil.which("gunicorn", path=Path(sys.executable).parent)
    with launcher.service(gunicorn, *options, "--chdir", PROGRAMS, "gunicorn_site:app") as (server, log):
        url = wait_for_text(server, log, r"http://127.0.0.1:\d+").group()

        def other_than(pid: str) -> str:
            return wait_for(lambda: (new := fetch(f"{url}/pid")) != pid and new)

        first = other_than("")
        with ThreadPoolExecutor(1) as pool:  # a thread may take longer than a worker may
            long = pool.submit(fetch, f"{url}/long?seconds={WORKER_TIMEOUT + 1}")
            seen: list[object] = [said(PROGRAMS / "flask_site.py", url, CLIENTS)]
            seen.append(long.result() == f"long {first}")

        with held(url, launcher.folder / "reload") as answer:
            server.send_signal(signal.SIGHUP)
            second = other_than(first)
        seen.append(("reloaded, the old worker still answered", answer.result() == f"released {first}"))

        with pytest.raises(ConnectionError) as error:
            fetch(f"{url}/stop")
        third = other_than(second)
        seen.append(("timed out", repr(error.value)))

        with held(url, launcher.folder / "end") as answer:
            server.send_signal(signal.SIGTERM)
            wait_for_text(server, log, "Handling signal: term")
        seen.append(("terminated, the worker still answered", answer.result() == f"released {third}"))
        assert ends(server), text(log)
        seen.append(server.wait())
        return seen, messages(text(log)), int(first)


@contextlib.contextmanager
def held(url: str, fifo: Path) -> Iterator[Future[str]]:
    """A request that a thread of the site is busy with as long as the block lasts."""
    os.mkfifo(fifo)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(fetch, f"{url}/held?fifo={fifo}")
        writer = wait_for(lambda: opened(fifo))
        with open(writer, "w") as file:
            yield answer
            file.write("released")


def opened(fifo: Path) -> int | None:
    """A descriptor to write to, once somebody reads."""
    with contextlib.suppress(OSError):
        return os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
    return None


def messages(log: str) -> set[str]:
    """Gunicorn's lines, without times, process ids, ports and folders."""
    lines = re.findall(r"^\[.*?\] \[\d+\] (.*)$", log, re.MULTILINE)
    return {re.sub(r"(pid:? ?|127.0.0.1:|\()\d+|/\S*", r"\1", line) for line in lines}


# -- Celery ------------------------------------------------------------------------------------------------------------


def test_celery(tmp_path: Path) -> None:
    pytest.importorskip("celery")
    pytest.importorskip("redis")
    plain, hooked = both(work_by_celery, tmp_path)
    assert hooked == plain
    workers = recordings(tmp_path / "hooked")
    assert len(workers) == 2
    for worker in workers.values():
        assert_overlaps(worker, most=CLIENTS // 2, waits=CLIENTS // 2 * 0.2)


def work_by_celery(launcher: Launcher) -> tuple[str, list[int], list[bool]]:
    """What the program says, how the workers end, and whether they did so warmly."""
    with redis_server() as port, contextlib.ExitStack() as stack:
        env = {"REDIS_PORT": str(port), "C_FORCE_ROOT": "1"}
        command = ("-m", "celery", "-A", "celery_tasks", "--workdir", PROGRAMS, "worker", "-P", "threads", "-c", 500)
        workers = [
            stack.enter_context(launcher.service(*command, "-Q", f"any,{name}", "-n", f"{name}@localhost", **env))
            for name in "ab"
        ]
        answers = said(PROGRAMS / "celery_tasks.py", CLIENTS, env=env)
        for process, log in workers:
            assert ends(process), text(log)
        warm = [bool(re.search(r"worker: Warm shutdown", text(log))) for _, log in workers]
        return answers, [process.wait() for process, _ in workers], warm


# -- Django and PostgreSQL ---------------------------------------------------------------------------------------------


def test_django(tmp_path: Path) -> None:
    pytest.importorskip("django")
    pytest.importorskip("pg8000")
    (plain, _), (hooked, site) = both(serve_by_django, tmp_path, "--follow")
    assert hooked == plain
    assert_overlaps(recordings(tmp_path / "hooked")[site], most=CLIENTS // 2, waits=CLIENTS // 2 * 0.2)


def serve_by_django(launcher: Launcher) -> tuple[list[object], int]:
    """The answers before and after the site's file has changed and the server has begun anew, and its first process."""
    file = launcher.folder / "django_site.py"
    shutil.copy(PROGRAMS / file.name, file)
    with postgres_server() as port:
        env = {"POSTGRES_PORT": str(port), "PYTHONUNBUFFERED": "1"}
        with launcher.service(file, "runserver", "127.0.0.1:0", **env) as (server, log):
            seen: list[object] = []
            url = wait_for_text(server, log, r"http://127.0.0.1:\d+").group()
            site = int(fetch(f"{url}/pid/0"))
            seen.append(said(file, "ask", url, CLIENTS // 2, env=env))
            file.touch()
            again = wait_for_text(server, log, rf"{url}(?s:.*)(http://127.0.0.1:\d+)").group(1)
            seen.append((int(fetch(f"{again}/pid/0")) != site, fetch(f"{again}/slow/3")))
            os.killpg(server.pid, signal.SIGINT)
            assert ends(server), text(log)
            seen.append(server.wait())
            return seen, site


# -- pytest-xdist ------------------------------------------------------------------------------------------------------


def test_pytest_xdist(tmp_path: Path) -> None:
    pytest.importorskip("xdist")
    plain, hooked = both(outcomes_of_pytest, tmp_path, "--follow")
    assert hooked == plain
    found = list(recordings(tmp_path / "hooked").values())
    workers = [stats for stats in found if stats["totals"]["coroutines_most"] >= 50]
    assert len(workers) >= 2, found
    for stats in workers:
        assert_overlaps(stats, most=50, waits=50 * 0.05)


def outcomes_of_pytest(launcher: Launcher) -> tuple[list[str], list[str], int]:
    """The outcomes in any order, the sums at the end, and the status."""
    project = launcher.folder / "test_small.py"
    shutil.copy(PROGRAMS / "small_project.py", project)
    command = ("-m", "pytest", "-n", 2, "-v", "-p", "no:cacheprovider", "--rootdir", launcher.folder, project)
    with launcher.service(*command) as (process, log):
        assert ends(process), text(log)
        said = text(log)
        outcomes = re.findall(r"(?:PASSED|FAILED|SKIPPED|XFAIL|ERROR) .*", said)
        sums = re.findall(r"^=+ (.*) in [\d.]+s", said, re.MULTILINE)
        return sorted(re.sub("gw\\d+", "gw", line).strip() for line in outcomes), sums, process.wait()
