"""`ocoro trace`: what its arguments mean, for programs and for recorded runs."""

import json
import os
import shutil
from pathlib import Path

import click
import pytest
from process import run

from ocoro.cli import trace
from ocoro.cli.errors import UsageError
from ocoro.cli.main import main
from ocoro.cli.tracing.arguments import seconds

SLEEPER = "import sys, time; time.sleep(0.001); sys.exit(int(sys.argv[1]))"


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "runs"


@pytest.fixture
def ocoro_trace(default_interpreter, folder, tmp_path):
    """`ocoro_trace(*arguments)` runs `ocoro trace` with recordings in a folder of its own and without the report."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OCORO_", "XDG_"))}
    variables = kept | {"OCORO_DIR": str(folder), "OCORO_QUIET": "1"}

    def ocoro_trace(*arguments, env=(), **how):
        command = [default_interpreter.path, "-P", "-m", "ocoro", "trace", *arguments]
        return run(command, env=variables | dict(env), cwd=tmp_path, **how)

    return ocoro_trace


@pytest.fixture
def script(tmp_path):
    """A program that sleeps and ends with the status it is given."""
    path = tmp_path / "sleeper.py"
    path.write_text(SLEEPER)
    return path


@pytest.fixture
def traced(ocoro_trace, script):
    """A run of the program, recorded."""
    done = ocoro_trace(str(script), "0")
    assert (done.out, done.status) == ("", 0)
    return done


def refused(done):
    """The three lines of what was refused."""
    assert (done.out, done.status) == ("", 2), done
    labels = [line.partition(": ")[0] for line in done.err.splitlines()]
    assert labels == ["error", "cause", "hint"], done.err
    return done.err


# -- programs ----------------------------------------------------------------------------------------------------------


def test_exit_status_is_the_program_s(ocoro_trace, script):
    done = ocoro_trace(str(script), "7")
    assert done.status == 7
    assert " sleep(0.001) <" in done.err


@pytest.mark.parametrize(
    "target", [("-c", SLEEPER, "5"), ("-uc", SLEEPER, "5"), ("-m", "sleeper", "5"), ("--", "sleeper.py", "5"), ("-",)]
)
def test_target_is_what_python_takes(ocoro_trace, script, target):
    stdin = "import time; time.sleep(0.001); raise SystemExit(5)" if target == ("-",) else ""
    done = ocoro_trace("--filter", "sleep", *target, stdin=stdin)
    assert (done.status, done.err.count(" sleep(0.001) <")) == (5, 1)


def test_console_script_is_found_on_path(ocoro_trace, default_interpreter, tmp_path):
    tool = tmp_path / "sleepy"
    tool.write_text(f"#!{default_interpreter.path}\nimport time; time.sleep(0.001)\n")
    tool.chmod(0o755)
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    shutil.move(tool, folder)
    done = ocoro_trace("sleepy", env={"PATH": f"{folder}:{os.environ['PATH']}"})
    assert (done.status, done.err.count("sleep(0.001)")) == (0, 1)


def test_options_of_run_and_of_python_may_stand_before_the_target(ocoro_trace, script):
    done = ocoro_trace("--no-hook", "time", "--strings=4", "-u", "-X", "dev", "--report", "line", str(script), "3")
    assert done.status == 3
    assert "sleep" not in done.err.replace("sleeper", "")


def test_options_behind_the_target_are_the_program_s(ocoro_trace):
    done = ocoro_trace("-c", "import sys; print(sys.argv[1:])", "--strace", "-o", "x")
    assert (done.out, done.status) == ("['--strace', '-o', 'x']\n", 0)


def test_report_and_trace_are_both_printed(ocoro_trace, script):
    lines = ocoro_trace("--report=line", str(script), "0", env={"OCORO_QUIET": ""}).err.splitlines()
    assert lines[-1].startswith("ocoro: wall ")
    assert " sleep(0.001) <" in lines[0]


@pytest.mark.parametrize("option", [("-o", "trace"), ("-otrace",), ("--output=trace",), ("--output", "trace")])
def test_output_goes_into_a_file(ocoro_trace, script, tmp_path, option):
    (tmp_path / "trace").write_text("what stood there before\n" * 100)
    done = ocoro_trace(*option, str(script), "0")
    assert (done.err, done.status) == ("", 0)
    assert (tmp_path / "trace").read_text().count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("-o", "nowhere/trace", "sleeper.py"), "nowhere/trace"),
        (("-o", ".", "sleeper.py"), "Is a directory"),
        (("-o",), "--output needs a value"),
        (("--output=", "sleeper.py"), "--output needs a value"),
        (("--strings", "many", "sleeper.py"), "'many'"),
        (("--strings", "-1", "sleeper.py"), "'-1'"),
        (("--slower-than", "soon", "sleeper.py"), "'soon'"),
        (("--slower-than", "nan", "sleeper.py"), "'nan'"),
        (("--strace=yes", "sleeper.py"), "--strace takes no value"),
        (("--filter",), "--filter needs a value"),
        (("--timeline", "sleeper.py"), "--timeline shows a recorded run"),
        (("--export", "chrome", "sleeper.py"), "--export shows a recorded run"),
        (("--export", "morse"), "chrome, perfetto, speedscope, collapsed, html"),
        (("--stracee", "sleeper.py"), "there is no option --stracee"),
        (("--quiet",), "there is nothing to run"),
        (("-S", "sleeper.py"), "-S"),
        ((), "no run is recorded"),
        (("last",), "no run is recorded"),
        (("nothing.ocoro",), "nothing.ocoro"),
        (("sleeper.ocoro",), "is no recording"),
        (("last", "sleeper.py"), "one run at a time"),
        (("last", "--no-hook", "time"), "--no-hook is for a program"),
        (("-u", "last"), "-u is for a program"),
        (("last", "--stracee"), "there is no option --stracee"),
        (("--filter", "slep", "sleeper.py"), "did you mean sleep?"),
        (("--filter", "sleep,xyz*", "sleeper.py"), "'xyz*'"),
        (("--filter", "!slep", "sleeper.py"), "'slep'"),
        (("--filter", ",", "sleeper.py"), "','"),
        (("--filter", "spawn", "sleeper.py"), "only recorded runs"),
    ],
)
def test_what_cannot_be_is_refused(ocoro_trace, script, tmp_path, arguments, named):
    (tmp_path / "sleeper.ocoro").write_text("no recording")
    assert named in refused(ocoro_trace(*arguments))


@pytest.mark.parametrize("before", [(), ("--",), ("--no-hook", "time"), ("--strace", "-u")])
@pytest.mark.parametrize("name", ["slepper.py", "nowhere/sleeper.py", "nothing", "4711", ""])
def test_program_that_is_not_there_is_refused_and_not_recorded(ocoro_trace, script, folder, before, name):
    said = refused(ocoro_trace(*before, name, "--strace", "-x"))
    assert f"there is no program {name!r}" in said
    assert ("did you mean sleeper.py?" in said) == (name == "slepper.py")
    assert not folder.exists()


def test_program_that_is_not_there_is_none_of_several_runs(ocoro_trace, traced, folder):
    for _ in range(2):
        assert ocoro_trace("--trace=64k", "sleeper.py", "0").status == 0
    before = sorted(folder.iterdir())
    assert "more than one run is named like 'slee'" in refused(ocoro_trace("slee"))
    assert "did you mean sleeper.py?" in refused(ocoro_trace("sleepr"))
    assert sorted(folder.iterdir()) == before


# -- recorded runs -----------------------------------------------------------------------------------------------------


def test_recorded_run_is_shown_as_it_was_told(ocoro_trace, traced):
    done = ocoro_trace()
    assert (done.err, done.status) == ("", 0)
    assert [line[16:] for line in done.out.splitlines()] == [line[16:] for line in traced.err.splitlines()]


def test_runs_have_names(ocoro_trace, traced, script, folder):
    first = next(path for path in folder.iterdir() if not path.is_symlink())
    pid = first.stem.rpartition("-")[2]
    shown = ocoro_trace().out
    assert ocoro_trace("--filter", "sleep", "-c", "import time; time.sleep(0.002)").status == 0
    for name in ("-2", pid, first.stem, str(first), str(first.relative_to(folder.parent))):
        assert ocoro_trace(name).out == shown, name
    for arguments in ((), ("last",), ("-1",)):
        assert "sleep(0.002)" in ocoro_trace(*arguments).out


def test_part_of_a_name_is_a_run_unless_a_program_has_it(ocoro_trace, traced, default_interpreter, tmp_path):
    tool = tmp_path / "bin" / "sleeper"
    tool.parent.mkdir()
    env = {"PATH": f"{tool.parent}:{os.environ['PATH']}"}
    tool.write_text("#!/bin/sh\n")
    tool.chmod(0o755)
    assert "sleep(0.001)" in ocoro_trace("sleeper", env=env).out
    tool.write_text(f"#!{default_interpreter.path}\nprint('ran')\n")
    assert ocoro_trace("sleeper", env=env).out == "ran\n"


def test_options_may_follow_the_run(ocoro_trace, traced):
    assert ocoro_trace("last", "--strace").out == ocoro_trace("--strace", "last").out != ""
    assert ocoro_trace("last", "--filter", "recv").out == ""


FILTER, SLOWER, STRINGS = ("--filter", "sleep"), ("--slower-than", "0"), ("--strings", "8")
TIMELINE, EXPORT = ("--timeline",), ("--export", "collapsed")


@pytest.mark.parametrize("options", [(*FILTER, *SLOWER), (*FILTER, *SLOWER, "--strace"), TIMELINE, EXPORT])
def test_options_that_go_together(ocoro_trace, traced, tmp_path, options):
    assert ocoro_trace(*options, "-o", "shown").status == 0
    assert (tmp_path / "shown").read_text() != ""


@pytest.mark.parametrize("form", [("--strace",), TIMELINE, EXPORT])
@pytest.mark.parametrize("other", [FILTER, SLOWER, STRINGS, ("--strace",), TIMELINE, EXPORT])
def test_options_that_would_be_ignored_are_refused(ocoro_trace, traced, form, other):
    if form != other and (form != ("--strace",) or other not in (FILTER, SLOWER)):
        said = refused(ocoro_trace(*form, "last", *other))
        assert other[0] in said.splitlines()[0]


def test_data_of_a_recorded_run_cannot_be_chosen(ocoro_trace, traced):
    assert "--strings is for a program" in refused(ocoro_trace(*STRINGS))


def test_filter_knows_what_is_offloaded(ocoro_trace):
    done = ocoro_trace("--filter=math.*", "--offload=math.factorial", "-c", "import math; math.factorial(5)")
    assert "math.factorial()" in done.err
    assert done.status == 0


def test_filter_that_shows_nothing_says_so(ocoro_trace, traced):
    done = ocoro_trace("--filter", "recv*,lock", "--slower-than=1ms")
    assert (done.out, done.status) == ("", 0)
    assert done.err == "note: of what is recorded (sleep) nothing fits --filter=recv*,lock --slower-than=1ms\n"
    assert "did you mean sleep?" in refused(ocoro_trace("--filter", "sleeep"))
    assert ocoro_trace("-c", "").status == 0
    assert ocoro_trace().err == "note: the recording has no calls\n"


def test_lines_of_recorded_runs_have_names(ocoro_trace):
    code = "import threading, time; threading.Thread(target=time.sleep, args=(0.001,)).start()"
    assert ocoro_trace("-c", code).status == 0
    assert ocoro_trace("--filter", "end,spawn").out.count("\n") == 2


def test_file_named_like_a_number_is_a_program(ocoro_trace, tmp_path):
    (tmp_path / "4711").write_text("print('ran')")
    assert ocoro_trace("4711").out == "ran\n"


def test_recorded_run_goes_into_a_file(ocoro_trace, traced, tmp_path):
    shown = ocoro_trace().out
    assert ocoro_trace("-o", "shown").out == ""
    assert (tmp_path / "shown").read_text() == shown


def test_timeline_is_drawn(ocoro_trace, traced):
    done = ocoro_trace("--timeline")
    assert done.status == 0
    assert "MainThread" in done.out


def test_narrow_encodings_are_no_harm(ocoro_trace, traced):
    env = {"PYTHONIOENCODING": "ascii"}
    assert ocoro_trace("--timeline", env=env).status == ocoro_trace(env=env).status == 0


@pytest.mark.parametrize("kind", trace.EXPORTS)
def test_exports_are_written(ocoro_trace, traced, tmp_path, kind):
    done = ocoro_trace("--export", kind, "-o", "exported")
    assert (done.out, done.err, done.status) == ("", "", 0)
    data = (tmp_path / "exported").read_bytes()
    assert data
    if kind in ("chrome", "speedscope"):
        json.loads(data)
    assert ocoro_trace("--export", "collapsed").out.endswith("\n")


def test_full_disk_is_refused(ocoro_trace, traced):
    assert "No space left" in refused(ocoro_trace("-o", "/dev/full"))


def test_damaged_recording_is_said_and_shown(ocoro_trace, traced, folder, tmp_path):
    cut = tmp_path / "cut.ocoro"
    cut.write_bytes(next(path for path in folder.iterdir() if not path.is_symlink()).read_bytes()[:5000])
    done = ocoro_trace("cut.ocoro")
    assert done.status == 0
    assert done.err.startswith("warning: ")


def test_dropped_events_are_said(ocoro_trace):
    ocoro_trace("--trace=64k", "-o", os.devnull, "-c", "import time\nfor _ in range(3000): time.sleep(0)")
    assert "older events were dropped" in ocoro_trace().err or ocoro_trace().out.count("sleep(0)") < 3000


# -- help --------------------------------------------------------------------------------------------------------------


def test_help_names_every_option(capsys):
    assert trace.main(["--help"]) == 0
    text = capsys.readouterr().out
    options = [each for each in trace.command().params if isinstance(each, click.Option)]
    assert all(name in text for each in options for name in each.opts)
    assert all(kind in text for kind in trace.EXPORTS)


@pytest.mark.parametrize("arguments", [["--strace", "--help", "nothing.py"], ["last", "--help"]])
def test_help_wins_over_a_program_and_a_run(capsys, arguments):
    assert trace.main(arguments) == 0
    assert "Usage: ocoro trace" in capsys.readouterr().out


def test_command_is_in_the_table(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["ocoro", "trace", "--help"])
    with pytest.raises(SystemExit) as end:
        main()
    assert (end.value.code, "Usage: ocoro trace" in capsys.readouterr().out) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "own", "rest"),
    [
        ([], {}, []),
        (["--strace", "a.py", "--strace"], {"strace": ""}, ["a.py", "--strace"]),
        (["-W", "d", "--strings", "3", "-uB", "a.py"], {"strings": "3"}, ["-W", "d", "-uB", "a.py"]),
        (["-Wmode", "--strings=3", "-m", "mod", "-o"], {"strings": "3"}, ["-Wmode", "-m", "mod", "-o"]),
        (["--no-hook", "--strace", "a.py"], {}, ["--no-hook", "--strace", "a.py"]),
        (["--no-hook=ssl", "--strace", "a.py"], {"strace": ""}, ["--no-hook=ssl", "a.py"]),
        (["--trace", "-ofile", "a.py"], {"output": "file"}, ["--trace", "a.py"]),
        (["-2", "--timeline"], {}, ["-2", "--timeline"]),
        (["--", "--strace"], {}, ["--", "--strace"]),
    ],
)
def test_options_are_taken_from_among_those_of_run(arguments, own, rest):
    assert trace.split(arguments) == (own, rest)


@pytest.mark.parametrize("text", ["10ms", "0.01s", "10000us", "10000000ns", "0.01", ".01"])
def test_times_have_units(text):
    assert seconds(text) == pytest.approx(0.01)


def test_relative_output_is_of_this_folder():
    with pytest.raises(UsageError) as problem:
        trace.main(["-o", "nowhere/trace", __file__])
    assert str(Path.cwd() / "nowhere/trace") in str(problem.value)
