"""`ocoro runs` lists the runs, for people and for programs, and removes them."""

import json
import os
import re
import time

import pytest
from run_files import EPOCH, SECOND, make

from ocoro.cli import runs
from ocoro.cli.errors import UsageError
from ocoro.cli.recorded.runs import link_last
from ocoro.runtime.layout import LIVE

DEAD = 2**22 + 1  # a process id that Linux never gives


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Two runs; the newer one has a child and was killed."""
    monkeypatch.setenv("OCORO_DIR", str(tmp_path))
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    monkeypatch.setattr(time, "time", lambda: EPOCH + 7300.0)
    make(tmp_path, "20261123T101500-work-100", program="work.py", wall=1.5)
    first = f"20261123T111500-serve-{DEAD}"
    make(tmp_path, first, 3600, program="serve.py", wall=90, state=LIVE, command="serve.py\x1f-x", directory="/srv")
    make(tmp_path, f"{first}.{DEAD + 1}", 3601, program="serve.py", wall=80)
    yield tmp_path
    monkeypatch.undo()
    time.tzset()


def cells(text):
    return [re.split(r" {2,}(?=[^ s]|s[^ ])", line.strip()) for line in text.splitlines()]


def test_list_has_a_line_for_each_run(folder, capsys):
    assert runs.main([]) == 0
    titles, newer, older = cells(capsys.readouterr().out)
    assert titles == ["name", "started", "ago", "program", "state", "wall", "size"]
    stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(EPOCH))
    assert older[:6] == ["20261123T101500-work-100", stamp, "2 h", "work.py", "ended", "1.50  s"]
    assert newer[:1] + newer[2:6] == [f"20261123T111500-serve-{DEAD}", "1 h", "serve.py (+1)", "killed", "90.0  s"]


def test_all_gives_each_process_a_line(folder, capsys):
    runs.main(["--all"])
    lines = capsys.readouterr().out.splitlines()
    assert [line[:3] for line in lines[1:]] == ["202", "  2", "202"]
    assert [row[3] for row in cells("\n".join(lines))] == ["program", "serve.py", "serve.py", "work.py"]


def test_list_of_named_runs_only(folder, capsys):
    runs.main(["-2", "work"])
    assert [row[0] for row in cells(capsys.readouterr().out)] == ["name", "20261123T101500-work-100"]


def test_json_has_everything_as_numbers(folder, capsys):
    assert runs.main(["--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["schema"] == runs.SCHEMA
    newer, older = data["runs"]
    assert (newer["pid"], newer["command"], newer["directory"]) == (DEAD, ["serve.py", "-x"], "/srv")
    assert (newer["started_ns"], newer["wall_ns"], newer["state"]) == ((EPOCH + 3600) * SECOND, 90 * SECOND, "killed")
    assert [each["pid"] for each in newer["processes"]] == [DEAD, DEAD + 1]
    assert (older["path"], older["program"]) == (f"{folder}/20261123T101500-work-100.ocoro", "work.py")


def test_wall_of_a_live_run_goes_on(folder, capsys):
    make(folder, f"20261123T121500-live-{os.getpid()}", 7200, state=LIVE, since=time.monotonic() - 0.5)
    runs.main(["--json", "live"])
    (live,) = json.loads(capsys.readouterr().out)["runs"]
    assert live["state"] == "live"
    assert live["wall_ns"] >= SECOND // 2


def test_remove_takes_all_processes_of_a_run(folder, capsys):
    assert runs.main(["--remove", "serve", "-1"]) == 0
    assert [path.name for path in folder.iterdir()] == ["20261123T101500-work-100.ocoro"]
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("name", ["last", "-1", "serve", str(DEAD), "./last"])
def test_last_leads_to_a_run_that_is_left(folder, monkeypatch, name):
    monkeypatch.chdir(folder)
    link_last(str(folder / f"20261123T111500-serve-{DEAD}.ocoro"))
    assert runs.main(["--remove", name]) == 0
    assert os.readlink(folder / "last") == "20261123T101500-work-100.ocoro"
    assert runs.main(["--remove", "last"]) == 0
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("options", [[], ["--json"], ["--remove"]])
def test_what_is_no_recording_is_refused(folder, options):
    path = folder / "letter.txt"
    path.write_text("keep")
    with pytest.raises(UsageError, match="is no recording of ocoro"):
        runs.main([*options, "work", str(path)])
    assert path.read_text() == "keep"
    assert len(list(folder.iterdir())) == 4


def test_remove_refuses_a_live_run(folder):
    path = make(folder, f"20261123T121500-live-{os.getpid()}", 7200, state=LIVE, since=time.monotonic())
    with pytest.raises(UsageError, match=f"process {os.getpid()} still runs"):
        runs.main(["--remove", "work", "live"])
    assert os.path.exists(path)
    assert len(list(folder.iterdir())) == 4


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["--remove"], "--remove removes nothing by itself"),
        (["--walk"], "there is no option --walk"),
        (["nothing"], "there is no run 'nothing'"),
        (["--color=blue"], "Invalid value for '--color'"),
    ],
)
def test_errors_say_what_to_do(folder, arguments, error):
    with pytest.raises(UsageError, match=re.escape(error)):
        runs.main(arguments)


def test_no_run_is_no_error(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("OCORO_DIR", str(tmp_path / "none"))
    assert runs.main([]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert err == f"no run is recorded in {tmp_path}/none; 'ocoro run script.py' records one\n"
    assert runs.main(["--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"schema": runs.SCHEMA, "runs": []}


def test_names_cannot_steer_the_terminal(folder, capsys):
    make(folder, "20261123T121500-evil-5", 7200, program="\x1b[31mred\n")
    runs.main(["evil"])
    assert cells(capsys.readouterr().out)[1][3] == "\\x1b[31mred\\n"


@pytest.mark.parametrize("started", [-(2**63), 2**63 - 1])
def test_damaged_times_are_a_dash_or_a_date(started):
    assert runs.local_time(started)


@pytest.mark.parametrize(
    ("seconds", "expected"), [(-5, "0 s"), (59, "59 s"), (60, "1 min"), (7200, "2 h"), (864000, "10 d")]
)
def test_age_is_in_the_largest_unit(seconds, expected):
    assert runs.age(seconds) == expected
