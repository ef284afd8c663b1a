"""The report as a line and as a table, from a summary made by hand."""

import os
import re
import select
import subprocess
import sys
import termios

import pytest

from ocoro.cli import report
from ocoro.runtime.summary import CallSummary, Summary

MS = 1_000_000
CALLS = (
    CallSummary("sleep", 500, 500_183 * MS, 30 * MS, 1000 * MS, 1001 * MS, 1003 * MS),
    CallSummary("recv", 1200, 17 * MS, 300, 90_000, 4 * MS, 10 * MS),
    CallSummary("lock", 3, 999, 0, 300, 700, 700),
)
SUMMARY = Summary(
    wall=1204 * MS,
    cpu=110 * MS,
    running=103 * MS,
    idle=1095 * MS,
    blocked=6 * MS,
    coroutines=502,
    coroutines_most=501,
    switches=12034,
    calls=CALLS,
)
NOTHING = Summary(
    5 * MS, cpu=0, running=5 * MS, idle=0, blocked=0, coroutines=1, coroutines_most=1, switches=0, calls=()
)
LINE = (
    "ocoro: wall 1.204 s = running 0.103 + idle 1.095 + blocked 0.006; waits 500.2 s, overlapped 99.8 %; "
    "coroutines 502 (most at once 501), switches 12034; sleep 500 recv 1200 lock 3\n"
)


def test_line_has_all_fields_in_order():
    assert report.line(SUMMARY) == LINE


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/runs/20261201T100000-work-4711.ocoro", "4711"),
        ("/runs/20261201T100000-work-4712.ocoro", "/runs/20261201T100000-work-4712.ocoro"),  # of another process
        ("/srv/run.ocoro", "/srv/run.ocoro"),
        ("/srv/my run\x1b.ocoro", r"'/srv/my run\x1b.ocoro'"),
    ],
)
def test_end_of_a_recorded_run_says_where_to_look_next(monkeypatch, path, name):
    monkeypatch.setattr(os, "isatty", lambda fd: False)
    monkeypatch.setattr(os, "getpid", lambda: 4711)
    summary = Summary(MS, 0, MS, 0, 0, 1, 1, 0, (), recorded=path)
    assert report.line(summary).endswith(f"; no waits; more: ocoro stats {name}\n")
    assert report.table(summary).splitlines()[-1] == f"       more: ocoro stats {name}"


def test_end_tells_what_the_user_can_do_something_about(monkeypatch):
    monkeypatch.setattr(os, "isatty", lambda fd: False)
    told = [
        "no hook for the call at /srv/a.py:1 f: it held up others and was interrupted once",
        r"stall: 1,200 times in all at /srv/b\x1b.py:2 g",
        "--offload a.b had no effect: no module of that name was imported",
    ]
    summary = Summary(
        *(MS, 0, MS, 0, 0, 1, 1, 0, ()),
        rescues=(("/srv/a.py:1 f", 1),),
        stalls=(("/srv/b\x1b.py:2 g", 1200),),
        offload_failed=(("a.b", "no module of that name was imported"),),
    )
    assert report.line(summary).splitlines()[1:] == [f"ocoro: {each}" for each in told]
    assert report.table(summary).splitlines()[3:] == [f"       {each}" for each in told]


def test_line_without_waits_says_so():
    assert report.line(NOTHING).endswith("coroutines 1 (most at once 1), switches 0; no waits\n")


def test_line_names_eight_calls_at_most():
    many = [CallSummary(f"call{number}", 1, 10 - number, 0, 1, 1, 1) for number in range(10)]
    summary = Summary(MS, 0, MS, 0, 0, 1, 1, 0, tuple(many))
    assert report.line(summary).endswith("; " + " ".join(f"call{number} 1" for number in range(8)) + "\n")


@pytest.mark.parametrize(
    ("time", "text"),
    [
        (0, "0 ns"),
        (999, "999 ns"),
        (1000, "1.00 us"),
        (12_345, "12.3 us"),
        (123_456, "123 us"),
        (9_996_000, "10.0 ms"),
        (99_960_000, "100 ms"),
        (1_500_000_000, "1.50 s"),
        (7_205_000_000_000, "7,205 s"),
    ],
)
def test_durations_have_human_units(time, text):
    assert report.duration(time) == text


def test_table_shows_each_call_in_a_row(monkeypatch):
    monkeypatch.setattr(os, "isatty", lambda fd: False)
    lines = report.table(SUMMARY).splitlines()
    assert lines[0] == "ocoro: wall 1.20 s = running 103 ms + idle 1.09 s + blocked 6.00 ms; CPU 110 ms"
    assert lines[1].strip() == "waits 500 s in sum, overlapped 99.8 %"
    assert lines[2].strip() == "coroutines 502 (most at once 501), switches 12,034"
    assert re.split(r"\s{2,}", lines[3].strip()) == ["call", "count", "total wait", "p50", "p99", "max"]
    assert re.split(r"\s{2,}", lines[5].strip()) == ["recv", "1,200", "17.0 ms", "90.0 us", "4.00 ms", "10.0 ms"]
    assert [row.split()[0] for row in lines[4:]] == ["sleep", "recv", "lock"]


def test_table_without_waits_is_the_header(monkeypatch):
    monkeypatch.setattr(os, "isatty", lambda fd: False)
    assert len(report.table(NOTHING).splitlines()) == 3


@pytest.fixture
def stderr_pipe(monkeypatch):
    """The reading end of a pipe that the report takes for standard error."""
    reader, writer = os.pipe()
    monkeypatch.setattr(report, "STDERR", writer)
    yield reader
    os.close(reader)
    os.close(writer)


@pytest.fixture
def stderr_terminal(monkeypatch):
    """The master of a terminal with 100 columns that the report takes for standard error."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    master, slave = os.openpty()
    termios.tcsetwinsize(slave, (24, 100))
    monkeypatch.setattr(report, "STDERR", slave)
    yield master
    os.close(master)
    os.close(slave)


def _shown(master):
    """What was written to the terminal; the kernel hands it on piece by piece, a little later."""
    text = b""
    while not text.endswith(b"\n") or select.select([master], [], [], 0.3)[0]:
        text += os.read(master, 65536)
    return text.decode()


def test_auto_is_the_line_without_a_terminal(stderr_pipe):
    report.show(SUMMARY, "auto")
    assert os.read(stderr_pipe, 65536).decode() == LINE


def test_table_is_plain_without_a_terminal(stderr_pipe):
    report.show(SUMMARY, "table")
    text = os.read(stderr_pipe, 65536).decode()
    assert text.startswith("ocoro: wall 1.20 s")
    assert text.isascii()
    assert "\x1b" not in text


def test_auto_is_the_table_on_a_terminal(stderr_terminal):
    report.show(SUMMARY, "auto")
    text = _shown(stderr_terminal)
    assert text.startswith("ocoro: wall 1.20 s")
    assert "\x1b[" in text
    assert len(text.splitlines()) == 3 + 1 + len(CALLS)


def test_line_is_the_line_on_a_terminal(stderr_terminal):
    report.show(SUMMARY, "line")
    assert _shown(stderr_terminal) == LINE.replace("\n", "\r\n")


def test_no_color_is_honoured(stderr_terminal, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    report.show(SUMMARY, "auto")
    assert "\x1b" not in _shown(stderr_terminal)


def test_narrow_terminal_loses_no_digit(stderr_terminal):
    termios.tcsetwinsize(stderr_terminal, (24, 20))
    report.show(SUMMARY, "auto")
    text = _shown(stderr_terminal)
    assert text.isascii()
    assert all(word in text for word in ("1,200", "90.0 us", "1.00 s", "CPU 110 ms"))


def test_replaced_stderr_is_left_alone(stderr_pipe, monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)
    report.show(SUMMARY, "line")
    assert os.read(stderr_pipe, 65536).decode() == LINE


def test_closed_stderr_is_no_error(monkeypatch):
    unused = os.dup(2)
    os.close(unused)
    monkeypatch.setattr(report, "STDERR", unused)
    report.show(SUMMARY, "auto")


def test_broken_pipe_is_no_error(monkeypatch):
    reader, writer = os.pipe()
    os.close(reader)
    monkeypatch.setattr(report, "STDERR", writer)
    report.show(SUMMARY, "line")
    os.close(writer)


@pytest.mark.parametrize("mode", ["line", "auto", "table", "none"])
def test_report_imports_nothing(mode):
    code = (
        "import sys; from ocoro.cli.report import show; from ocoro.runtime.summary import CallSummary, Summary\n"
        f"before = set(sys.modules); show(Summary(*range(8), (CallSummary('a', *range(6)),)), {mode!r})\n"
        "print(set(sys.modules) - before)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.stdout.strip(), done.returncode) == ("set()", 0)
    assert done.stderr.startswith("" if mode == "none" else "ocoro: wall")


@pytest.mark.parametrize("mode", ["line", "table"])
def test_report_shows_what_a_terminal_would_obey(stderr_pipe, mode):
    hostile = "\x1b]0;x\x07\nocoro: forged\u202e\udc80"
    calls = (CallSummary(hostile, *range(6)),)
    summary = Summary(*range(8), calls, unrecorded=hostile, rescues=((f"{hostile}.py:1 f", 2),))
    report.show(summary, mode)
    lines = os.read(stderr_pipe, 65536).decode().split("\n")
    assert all(line.isprintable() for line in lines)
    assert [line for line in lines if line.startswith("ocoro: forged")] == []
