"""What the interpreter is started with, and when it is not started at all."""

import os
import sys

import pytest

from ocoro.cli import launch, run
from ocoro.cli.errors import UsageError
from ocoro.startup import this_process

SCRIPT = __file__
QUIET = {"report": "none", "reporter": "", "notices": "", "stall": "0", "on_deadlock": "ignore"}


class Started(Exception):
    """Raised in place of the execve that would replace the test."""


@pytest.fixture(autouse=True)
def surroundings(monkeypatch):
    for name in [name for name in os.environ if name.startswith("OCORO_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(launch, "is_reached", lambda user_site=True: True)

    def execve(path, command, environment):
        raise Started(path, command, environment)

    monkeypatch.setattr(os, "execve", execve)


def started(*arguments):
    """The executable, its arguments and its environment."""
    with pytest.raises(Started) as caught:
        run.main(list(arguments))
    return caught.value.args


def refused(*arguments):
    """The three texts of the error."""
    with pytest.raises(UsageError) as caught:
        run.main(list(arguments))
    return caught.value.lines


@pytest.fixture
def console_script(tmp_path, monkeypatch):
    """Makes a console script with the given first lines; it is alone on PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))

    def console_script(*lines, name="tool", mode=0o755):
        path = tmp_path / name
        path.write_text("\n".join(lines) + "\n")
        path.chmod(mode)
        return str(path)

    return console_script


@pytest.mark.parametrize(
    "arguments",
    [
        [SCRIPT, "a", "--quiet", "-S"],
        ["-uB", "-Wd", "-X", "dev", SCRIPT],
        ["-m", "timeit", "-h"],
        ["-OOc", "pass"],
        ["-", "x"],
        ["--", "-m"],
        ["--check-hash-based-pycs", "never", SCRIPT],
        ["missing.py"],
        ["no/such/file"],
        ["-Z"],
        ["-V"],
    ],
)
def test_arguments_reach_the_interpreter_unchanged(arguments, console_script):
    executable, command, _ = started("--quiet", *arguments)
    assert executable == sys.executable
    assert command == [sys.executable, *arguments]


def test_environment_gains_one_variable(monkeypatch):
    monkeypatch.setenv("OCORO_REPORT", "line")
    before = dict(os.environ)
    environment = started(SCRIPT)[2]
    del environment["OCORO_BOOT"]
    assert environment == before
    assert dict(os.environ) == before


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], {}),
        (["--report=line", "--follow"], {"report": "line", "follow": "1"}),
        (["--quiet"], QUIET),
        (["--quiet", "--on-deadlock=abort", "--stall=5"], QUIET | {"on_deadlock": "abort"}),
        (["--quiet", "--dump-signal=QUIT"], QUIET | {"dump_signal": "QUIT", "notices": "ocoro.cli.notices"}),
        (["--stall=0.5", "--on-deadlock=abort"], {"stall": "0.5", "on_deadlock": "abort"}),
        (["--no-hook=time.sleep", "--no-hook=select"], {"no_hook": "time.sleep,select"}),
        (["--offload=json.loads", "--offload", "click.echo"], {"offload": "json.loads,click.echo"}),
        (["--real-threads"], {"real_threads": "1"}),
        (["--slice=2.5", "--no-preempt"], {"slice": "2.5", "preempt": "0"}),
        (["--rescue=off"], {"rescue": "off"}),
        (["--trace=1M"], {"events": "1048576"}),
    ],
)
def test_boot_variable_has_every_setting(options, expected):
    defaults = {
        "report": "auto",
        "no_hook": "",
        "offload": "",
        "real_threads": "0",
        "follow": "0",
        "slice": "10",
        "preempt": "1",
        "rescue": "auto",
        "notices": "ocoro.cli.notices",
        "stall": "100",
        "on_deadlock": "warn",
        "dump_signal": "",
        "reporter": "ocoro.cli.report:show",
        "events": "262144",
        "program": os.path.basename(SCRIPT),
        "record": "",
        "tracer": "",
        "tracing": "",
    }
    settings = boot_settings("--no-record", *options, SCRIPT)
    assert settings.pop("process") == this_process()
    assert settings == defaults | expected


def test_inherited_boot_variable_is_replaced(monkeypatch):
    monkeypatch.setenv("OCORO_BOOT", "stale")
    assert boot_settings(SCRIPT)["report"] == "auto"


def boot_settings(*arguments):
    return dict(field.split("=", 1) for field in started(*arguments)[2]["OCORO_BOOT"].split(";"))


def test_locale_set_by_the_launchers_python_is_not_handed_on(monkeypatch):
    monkeypatch.setenv("LC_CTYPE", "C.UTF-8")
    monkeypatch.setattr(launch, "_was_inherited", lambda name: False)
    assert "LC_CTYPE" not in started(SCRIPT)[2]
    monkeypatch.setattr(launch, "_was_inherited", lambda name: True)
    assert started(SCRIPT)[2]["LC_CTYPE"] == "C.UTF-8"


def test_console_script_on_path_is_found(console_script):
    path = console_script(f"#!{sys.executable} -sP")
    executable, command, _ = started("-u", "tool", "x")
    assert executable == sys.executable
    assert command == [sys.executable, "-sP", "-u", path, "x"]


def test_file_goes_before_console_script(console_script, tmp_path, monkeypatch):
    console_script(f"#!{sys.executable}")
    monkeypatch.chdir(tmp_path)
    assert started("tool")[1] == [sys.executable, "tool"]


def test_console_script_by_path_is_an_ordinary_script(console_script):
    path = console_script("#!/bin/sh")
    assert started(path)[1] == [sys.executable, path]


def test_file_that_is_not_executable_is_no_console_script(console_script):
    console_script(f"#!{sys.executable}", mode=0o644)
    assert refused("tool")[0] == "there is no script 'tool'"


@pytest.mark.parametrize("flag", ["-S", "-uS", "-ISc"])
def test_flag_that_switches_off_start_files_is_refused(flag):
    error, cause, _ = refused(flag, SCRIPT)
    assert error == "ocoro cannot run a program with -S"
    assert "ocoro.pth" in cause


def test_console_script_with_that_flag_is_refused(console_script):
    console_script(f"#!{sys.executable} -S")
    assert refused("tool")[0] == "ocoro cannot run a program with -S"


@pytest.mark.parametrize("flag", ["-s", "-I", "-uI"])
def test_user_site_that_is_switched_off_is_refused(flag, monkeypatch):
    monkeypatch.setattr(launch, "is_reached", lambda user_site=True: user_site)
    assert "-s and -I switch off" in refused(flag, SCRIPT)[1]
    started("-E", SCRIPT)


def test_missing_start_line_is_refused(monkeypatch):
    monkeypatch.setattr(launch, "is_reached", lambda user_site=True: False)
    assert refused(SCRIPT) == (
        "the program would run without ocoro",
        "there is no ocoro.pth in this interpreter's site-packages",
        "install ocoro into a virtual environment with 'pip install ocoro'",
    )


@pytest.mark.parametrize("arguments", [[], ["-u"], ["--quiet"], ["--"], ["-W"]])
def test_nothing_to_run_is_refused_at_a_terminal(arguments, monkeypatch):
    monkeypatch.setattr(os, "isatty", lambda fd: True)
    assert refused(*arguments)[0] == "there is nothing to run"


@pytest.mark.parametrize(("arguments", "command"), [((), []), (("-u",), ["-u"]), (("--",), ["--"]), (("--quiet",), [])])
def test_without_a_target_standard_input_is_run_as_python_does(arguments, command, monkeypatch):
    def isatty(fd):
        raise OSError(9, "Bad file descriptor")

    for answer in (lambda fd: False, isatty):
        monkeypatch.setattr(os, "isatty", answer)
        assert started(*arguments)[1] == [sys.executable, *command]


@pytest.mark.parametrize(
    "code", ["import sys; print(sys.argv, __name__, __file__ if '__file__' in vars() else 0)", "", "1 / 0"]
)
def test_program_in_a_pipe_runs_as_under_python(ocoro, python, code, tmp_path):
    plain = python(stdin=code, cwd=tmp_path)
    assert ocoro("--quiet", stdin=code, cwd=tmp_path) == plain


def test_console_script_beside_ocoro_is_found(console_script, monkeypatch, tmp_path):
    """A virtual environment need not be on PATH; what is on PATH goes first, as in a shell."""
    environment = tmp_path / "environment" / "bin"
    environment.mkdir(parents=True)
    (environment / "python").symlink_to(sys.executable)
    (environment / "tool").write_text(f"#!{environment}/python\n")
    (environment / "tool").chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(environment / "python"))
    assert started("tool", "x")[1] == [str(environment / "python"), str(environment / "tool"), "x"]
    path = console_script(f"#!{sys.executable}")
    assert started("tool")[1] == [sys.executable, path]


def test_script_that_is_nowhere_is_refused_with_the_places(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", f"/somewhere:{tmp_path}:/somewhere")
    error, cause, _ = refused("no-such-tool")
    assert error == "there is no script 'no-such-tool'"
    places = f"/somewhere, {tmp_path}, {os.path.dirname(sys.executable)}"
    assert cause == f"no such file in this folder, and no console script of that name in {places}"


def test_file_that_is_missing_is_left_to_python(monkeypatch):
    """Its message is the usual one."""
    for name in ("missing.py", "./missing"):
        assert started(name)[1] == [sys.executable, name]


def test_interpreter_is_found_on_path(console_script):
    path = console_script("#!/bin/sh", "exit 0", name="python-other")
    executable, command, _ = started("--python=python-other", SCRIPT)
    assert (executable, command) == (path, [path, SCRIPT])


def test_interpreter_without_ocoro_is_refused(console_script):
    path = console_script("#!/bin/sh", "echo >&2 No module named ocoro", "exit 1", name="python-other")
    error, cause, hint = refused("--python", path, SCRIPT)
    assert error == f"ocoro is not installed for {path}"
    assert cause == "No module named ocoro"
    assert hint == f"install it with '{path} -m pip install ocoro'"


def test_other_interpreter_is_asked_under_the_same_flags(console_script, tmp_path):
    path = console_script("#!/bin/sh", 'echo "$1 $2 $3" >&2', "exit 1", name="python-other")
    assert refused("--python", path, "-uIs", SCRIPT)[1] == "-I -s -c"


def test_interpreter_that_says_nothing_is_refused(console_script):
    path = console_script("#!/bin/sh", "exit 3", name="python-other")
    assert refused("--python", path, SCRIPT)[1] == "it ended with status 3"


@pytest.mark.parametrize("name", ["no-such-python", "/no/such/python", "/"])
def test_interpreter_that_is_missing_is_refused(name):
    assert refused("--python", name, SCRIPT)[0] == f"there is no interpreter {name!r}"


def test_link_in_the_same_folder_is_the_same_interpreter(tmp_path, monkeypatch):
    (tmp_path / "python").symlink_to(sys.executable)
    (tmp_path / "python3").symlink_to("python")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    assert launch.is_ours(str(tmp_path / "python3"))
    assert not launch.is_ours(os.path.realpath(tmp_path / "python"))


def test_interpreter_of_console_script_is_used(console_script):
    other = console_script("#!/bin/sh", "exit 0", name="python-other")
    path = console_script(f"#!{other}")
    assert started("tool")[:2] == (other, [other, path])


def test_given_interpreter_wins_over_console_script(console_script):
    path = console_script("#!/no/such/python")
    assert started("--python", sys.executable, "tool")[1] == [sys.executable, path]


def test_execve_that_fails_is_an_error(monkeypatch):
    def execve(*_):
        raise OSError(7, "Argument list too long")

    monkeypatch.setattr(os, "execve", execve)
    assert refused(SCRIPT)[:2] == (f"cannot start {sys.executable}", "Argument list too long")
