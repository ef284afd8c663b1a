"""Whole threaded programs: the same answers as under plain python, and waits that overlap.

How much overlaps is asserted from the recorder's counts and from the delays that are built into the programs and their
servers, never from a clock of the test.
"""

from __future__ import annotations

import signal
import tempfile
from pathlib import Path

import pytest
from jobs.runner import OCORO, PYTHON, Outcome, Report, ends, run, started, text, wait_for_text
from servers import mariadb_server, redis_server

PROGRAMS = Path(__file__).parent / "programs"


def run_both(program: str, *args: object) -> Report:
    """The report of a run whose answers and status are those of plain python."""
    plain = run(PYTHON, PROGRAMS / program, *args)
    assert (plain.status, plain.err) == (0, "")
    hooked = run(OCORO, PROGRAMS / program, *args)
    assert (hooked.out, hooked.status) == (plain.out, plain.status), hooked.err
    return hooked.report


def assert_overlaps(report: Report, most: int, waits: float) -> None:
    """At least `most` coroutines were alive at once, and waits of at least so many seconds hid each other."""
    assert report.most >= most, report
    assert report.waits >= max(waits, 10 * report.idle), report
    assert report.overlapped >= 90, report


def test_http_server_and_urllib_clients_overlap() -> None:
    report = run_both("own_http.py", 500)
    assert_overlaps(report, most=1000, waits=500 * 2 * 0.2)
    assert report.count("sleep") >= 1000, report


def test_requests_in_thread_pool_overlap() -> None:
    pytest.importorskip("requests")
    with tempfile.TemporaryFile() as out, started(PYTHON, PROGRAMS / "slow_site.py", 500, out=out, err=out) as site:
        port = wait_for_text(site, out, r"(\d+)\n").group(1)
        report = run_both("requests_pool.py", f"http://127.0.0.1:{port}", 500)
    assert_overlaps(report, most=501, waits=800 * 0.1)
    assert report.count("recv") >= 1000, report


def test_redis_clients_overlap() -> None:
    pytest.importorskip("redis")
    with redis_server() as port:
        report = run_both("redis_threads.py", port, 100)
    assert_overlaps(report, most=101, waits=100 * 0.3)
    assert report.count("recv") >= 300, report


def test_mariadb_clients_overlap() -> None:
    pytest.importorskip("pymysql")
    with mariadb_server() as port:
        report = run_both("mariadb_threads.py", port, 100)
    assert_overlaps(report, most=101, waits=100 * 0.2)
    assert report.count("recv") >= 300, report


def test_flask_server_and_clients_overlap() -> None:
    pytest.importorskip("flask")
    report = run_both("flask_site.py", 200)
    assert_overlaps(report, most=400, waits=200 * 3 * 0.2)
    assert report.count("sleep") >= 200 * 7, report


def test_flask_run_serves_other_programs() -> None:
    pytest.importorskip("flask")
    plain_answers, plain = ask_flask_run(PYTHON)
    hooked_answers, hooked = ask_flask_run(OCORO)
    assert (hooked_answers, hooked.out, hooked.status) == (plain_answers, plain.out, plain.status), hooked.err
    assert_overlaps(hooked.report, most=100, waits=100 * 3 * 0.2)
    assert hooked.report.count("sleep") >= 100 * 7, hooked.report


def ask_flask_run(launcher: tuple[str, ...]) -> tuple[str, Outcome]:
    """What 100 client threads of another program got from `flask run`, and how the server ended."""
    site = PROGRAMS / "flask_site.py"
    command = ("-m", "flask", "--app", site, "run", "--port", 0)
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        with started(launcher, *command, out=out, err=err) as server:
            url = wait_for_text(server, err, r"http://127.0.0.1:\d+").group()
            answers = run(PYTHON, site, url, 100)
            server.send_signal(signal.SIGINT)
            assert ends(server), text(err)
        return answers.out, Outcome(text(out), text(err), server.returncode)


def test_crawler_overlaps() -> None:
    report = run_both("crawler.py", 50, 1000)
    assert_overlaps(report, most=101, waits=1000 * 0.1)
    assert report.count("sleep") >= 1000, report


def test_asyncio_server_and_threads_overlap() -> None:
    report = run_both("asyncio_beside_threads.py", 100)
    assert_overlaps(report, most=200, waits=100 * 0.2)
    assert report.count("sleep") >= 100, report
    assert report.count("epoll") >= 100, report


def test_paramiko_clients_and_server_overlap() -> None:
    pytest.importorskip("paramiko")
    report = run_both("paramiko_pair.py", 12)
    assert_overlaps(report, most=4 * 12, waits=12 * 4 * 0.2)
    assert report.count("recv") >= 100, report
