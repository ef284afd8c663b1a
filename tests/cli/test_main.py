"""The command line as a user meets it: help, version, and three lines for whatever cannot be done."""

import os
import re
import signal
import subprocess
import sys

import pytest
from process import run

from ocoro import __version__
from ocoro.cli.main import COMMANDS
from ocoro.cli.options import OPTIONS

SLOW_TO_IMPORT = {"click", "rich", "json", "re", "typing", "dataclasses", "inspect", "enum", "subprocess"}


def ocoro_command(*arguments, env=None):
    command = [sys.executable, "-m", "ocoro", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env=env)


@pytest.mark.parametrize("arguments", [["--version"], ["run", "--version"], ["run", "--quiet", "--version", "x.py"]])
def test_version_is_printed(arguments):
    done = ocoro_command(*arguments)
    assert (done.stdout, done.stderr, done.returncode) == (f"ocoro {__version__}\n", "", 0)


@pytest.mark.parametrize("arguments", [[], ["--help"]])
def test_help_lists_every_command(arguments):
    done = ocoro_command(*arguments)
    listed = re.findall(r"^  (\w+)  ", done.stdout.partition("Commands:")[2], re.MULTILINE)
    assert (listed, done.stderr, done.returncode) == (list(COMMANDS), "", 0)


def test_help_of_run_lists_every_option():
    done = ocoro_command("run", "--help")
    assert done.stdout.startswith("Usage: ocoro run [OPTIONS] [PYTHON-FLAGS] TARGET [ARGS]...\n")
    assert re.findall(r"^  (?:-\w, )?--([\w-]+)", done.stdout, re.MULTILINE) == [option.name for option in OPTIONS]
    assert (done.stderr, done.returncode) == ("", 0)


@pytest.mark.parametrize(
    "arguments",
    [
        ["walk"],
        ["--walk"],
        ["--version=1"],
        ["--help", "--walk"],
        ["run", "no-such-script"],
        ["run", "--walk", "x.py"],
        ["run", "--report"],
        ["run", "--report=\n\n", "x.py"],
        ["run", "--no-hook=nothing", "x.py"],
        ["run", "--python=/nowhere", "x.py"],
        ["run", "--trace=much", "x.py"],
        ["run", "-o"],
        ["run", "-S", "x.py"],
    ],
)
def test_errors_are_three_lines_and_status_2(arguments):
    done = ocoro_command(*arguments)
    labels = [line.partition(": ")[0] for line in done.stderr.splitlines()]
    assert (done.stdout, labels, done.returncode) == ("", ["error", "cause", "hint"], 2)


@pytest.mark.parametrize(
    "arguments", ["", "--help", "--version", "completion bash", *(f"{name} --help" for name in COMMANDS)]
)
def test_reader_that_goes_away_ends_it_by_the_signal(arguments):
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "ocoro", *arguments.split()]
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, timeout=60)
    os.close(writer)
    assert (done.stderr, done.returncode) == (b"", -signal.SIGPIPE)


def test_launcher_imports_nothing_slow():
    code = "import sys; import ocoro.cli.main, ocoro.cli.run; print(*sys.modules)"
    plain = subprocess.run([sys.executable, "-c", "import sys; print(*sys.modules)"], capture_output=True, text=True)
    with_run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    added = set(with_run.stdout.split()) - set(plain.stdout.split())
    assert not added & SLOW_TO_IMPORT


def test_a_run_from_its_start_to_its_report_imports_nothing_slow(tmp_path):
    env = {**os.environ, "PYTHONPROFILEIMPORTTIME": "1", "OCORO_DIR": str(tmp_path)}
    plain = subprocess.run([sys.executable, "-c", ""], capture_output=True, text=True, env=env)
    done = ocoro_command("run", "--report=line", "-c", "", env=env)
    assert "\nocoro: wall" in done.stderr
    added = set(done.stderr.split()) - set(plain.stderr.split())
    assert "ocoro.runtime.summary" in added
    assert not added & SLOW_TO_IMPORT


ANSWERS = [["--version"], ["--help"], ["run", "--help"], ["completion", "bash"], ["trace", "--help"]]
OF_A_RUN = [
    *(["stats", form] for form in ("--color=never", "--json", "--csv", "--prometheus")),
    ["runs"],
    *(["trace", *form, "last"] for form in ([], ["--timeline"], ["--strace"])),
    *(["trace", f"--export={kind}", "last"] for kind in ("chrome", "perfetto", "speedscope", "collapsed", "html")),
]


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """One in which there is a recorded run."""
    folder = tmp_path_factory.mktemp("runs")
    environment = {**os.environ, "OCORO_DIR": str(folder)}
    done = ocoro_command("run", "--quiet", "-c", "import time; time.sleep(0.002)", env=environment)
    assert (done.stderr, done.returncode) == ("", 0)
    return environment


@pytest.mark.parametrize("arguments", [*ANSWERS, *OF_A_RUN], ids=" ".join)
@pytest.mark.parametrize(
    ("redirect", "cause"), [(">/dev/full", "No space left on device"), (">&-", "Bad file descriptor")]
)
def test_output_that_is_lost_is_said(environment, arguments, redirect, cause):
    command = [sys.executable, "-m", "ocoro", *arguments]
    done = run(command, env=environment, redirect=redirect)
    assert done.err.splitlines() == [
        "error: cannot write to standard output",
        f"cause: {cause}",
        "hint: make room there, or send the output somewhere else",
    ]
    assert (done.out, done.status) == ("", 1)


@pytest.mark.parametrize(("redirect", "status"), [("2>&-", 0), (">&- 2>&-", 1), (">/dev/full 2>/dev/full", 1)])
def test_nothing_is_said_where_stderr_was(environment, redirect, status):
    """Nor does it get among the output."""
    command = [sys.executable, "-m", "ocoro", "stats", "--call=recv", "--csv"]
    done = run(command, env=environment, redirect=redirect)
    assert (done.err, done.status) == ("", status)
    assert [line.partition(",")[0] for line in done.out.splitlines()] == ([] if status else ["call"])


@pytest.mark.parametrize("redirect", ["2>&-", "2>/dev/full"])
@pytest.mark.parametrize(
    ("arguments", "out", "status"),
    [
        (["--walk"], "", 2),
        (["stats", "--call=recv", "--csv"], "call,", 0),  # notes that there is none
        (["stats", "--csv", "--fail-if=wall>0s"], "call,", 3),
        (["trace", "last", "--filter=recv"], "", 0),
        (["run", "--report=none", "-o", "/dev/null/run.ocoro", "-c", "print('done')"], "done", 0),
    ],
)
def test_what_is_said_needs_no_stderr(environment, arguments, out, status, redirect):
    buffering = {name: value for name, value in environment.items() if name != "PYTHONUNBUFFERED"}
    done = run([sys.executable, "-m", "ocoro", *arguments], env=buffering, redirect=redirect)
    assert (done.out[: len(out)], done.status) == (out, status)


def test_top_needs_no_stdin(environment):
    done = run([sys.executable, "-m", "ocoro", "top", "last"], env=environment, redirect="<&-")
    assert (done.err, done.status) == ("", 0)
    assert "MainThread" in done.out


@pytest.mark.parametrize("redirect", [">/dev/full", ">&-", "2>&-", ">&- 2>&-", "<&-"])
def test_program_finds_its_streams_as_they_are(redirect):
    """And fails or not as it does under python."""
    code = ["-c", "import os, sys; print(sys.stdin); print(sorted(map(int, os.listdir('/proc/self/fd')))[:2])"]
    ours = run([sys.executable, "-m", "ocoro", "run", "--quiet", "--no-record", *code], redirect=redirect)
    assert ours == run([sys.executable, *code], redirect=redirect)
