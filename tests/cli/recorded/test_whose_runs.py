"""Where runs lie when the environment is odd, who may see them, and what is not ours or may not be read.

Root may read everything, so what may not be read is tried without the capabilities that make it so.
"""

import json
import os
import stat
import sys

import pytest
from process import run
from run_files import make

from ocoro.cli.recorded import runs

LIMITED = """
import ctypes, os, sys
for capability in 1, 2, 3:  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER
    ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP
os.execv(sys.argv[1], sys.argv[1:])
"""
WAIT = "import time; time.sleep(0.001); print('done')"


def ocoro(*arguments, umask=0o022, **environment):
    """Run a command; a variable that is None is not set."""
    base = {name: value for name, value in os.environ.items() if name not in ("OCORO_DIR", "XDG_STATE_HOME", "HOME")}
    env = base | {name: value for name, value in environment.items() if value is not None and name != "cwd"}
    command = [sys.executable, "-c", LIMITED, sys.executable, "-P", "-m", "ocoro", *arguments]
    command = ["sh", "-c", f'umask {umask:04o}; exec "$@"', "sh", *command]
    return run(command, env=env, cwd=environment.get("cwd"))


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


# -- private -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077, 0o277, 0o777])
@pytest.mark.parametrize("place", ["HOME", "XDG_STATE_HOME", "OCORO_DIR"])
def test_folders_and_files_are_their_users_alone(tmp_path, umask, place):
    home = tmp_path / "a" / "b"
    if place == "HOME":
        home.mkdir(parents=True)
        home.chmod(0o755)
    done = ocoro("run", "--quiet", "-c", WAIT, umask=umask, **{place: str(home)})
    assert (done.out, done.err, done.status) == ("done\n", "", 0)
    made = [path for path in tmp_path.rglob("*") if path not in (home, home.parent) or place != "HOME"]
    folders = [path for path in made if path.is_dir()]
    files = [path for path in made if path.is_file() and not path.is_symlink()]
    assert {mode(path) for path in folders} == {0o700}
    assert ([path.suffix for path in files], {mode(path) for path in files}) == ([".ocoro"], {0o600})


def test_folder_that_is_there_keeps_its_mode(tmp_path):
    tmp_path.chmod(0o755)
    ocoro("run", "--quiet", "-c", WAIT, umask=0, OCORO_DIR=str(tmp_path))
    assert mode(tmp_path) == 0o755


# -- where -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("home", [None, "", "relative", ".", "~"])
def test_home_that_names_no_place_is_looked_up(home):
    environment = {} if home is None else {"HOME": home}
    import pwd

    known = pwd.getpwuid(os.getuid()).pw_dir
    assert runs.directory(environment) == os.path.join(known, ".local/state/ocoro/runs")
    assert runs.directory(environment | {"XDG_STATE_HOME": "relative"}) == runs.directory(environment)


def test_user_without_a_home_records_nothing_in_the_current_directory(monkeypatch):
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000_000)
    assert runs.directory({"HOME": ""}) == "/.local/state/ocoro/runs"


@pytest.mark.parametrize("kind", ["file", "unwritable", "dangling", "loop", "long", "device"])
@pytest.mark.parametrize("place", ["HOME", "XDG_STATE_HOME", "OCORO_DIR"])
def test_run_that_cannot_be_recorded_runs_all_the_same(tmp_path, kind, place):
    path = tmp_path / "place"
    if kind == "file":
        path.write_text("mine")
    elif kind == "unwritable":
        path.mkdir(mode=0o500)
    elif kind == "dangling":
        path.symlink_to(tmp_path / "nowhere")
    elif kind == "loop":
        path.symlink_to(path)
    where = {"long": "/" + "x" * 300, "device": "/dev/null"}.get(kind, str(path))
    done = ocoro("run", "--quiet", "-c", WAIT, **{place: where})
    assert (done.out, done.status) == ("done\n", 0)
    assert done.err.startswith("warning: this run is not recorded: ")
    assert done.err.count("\n") == 1
    assert kind != "file" or path.read_text() == "mine"
    listed = ocoro("runs", **{place: where})
    assert (listed.out, listed.status in (0, 2), listed.err.count("Traceback")) == ("", True, 0)
    assert ocoro("stats", **{place: where}).status == 2


# -- of others ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def shared(tmp_path):
    """A folder with a run that can be read and, newer than that, two that cannot."""
    make(tmp_path, "20261123T101500-mine-1", 1)
    for second, name in enumerate(("20261123T101501-other-2", "20261123T101502-other-3"), 1):
        path = make(tmp_path, name, 1 + second)
        os.chmod(path, 0)
    return tmp_path


NOTE = "could not be read: 20261123T10150"


def test_runs_lists_what_it_can(shared):
    done = ocoro("runs", OCORO_DIR=str(shared))
    assert [line.split()[0] for line in done.out.splitlines()] == ["name", "20261123T101500-mine-1"]
    assert done.err.startswith(f"note: 2 recordings {NOTE}")
    assert (done.err.count("Permission denied"), done.err.count("\n"), done.status) == (2, 1, 0)
    found = json.loads(ocoro("runs", "--json", OCORO_DIR=str(shared)).out)
    assert [each["name"] for each in found["runs"]] == ["20261123T101500-mine-1"]


@pytest.mark.parametrize("command", [["stats"], ["stats", "last"], ["stats", "-1"], ["top", "--once"], ["trace"]])
def test_newest_is_the_newest_that_can_be_read(shared, command):
    done = ocoro(*command, OCORO_DIR=str(shared))
    assert done.err.startswith(f"note: 2 recordings {NOTE}")
    assert (done.status, "mine" in done.out or command[0] != "stats") == (0, True)


def test_nothing_is_noted_about_older_ones(shared):
    make(shared, "20261123T101509-newest-9", 100)
    done = ocoro("stats", "--csv", OCORO_DIR=str(shared))
    assert ("could not be read" in done.err, done.status) == (False, 0)


@pytest.mark.parametrize("name", ["2", "20261123T101501-other-2", "other-2"])
def test_run_that_is_named_and_cannot_be_read_is_refused(shared, name):
    done = ocoro("stats", name, OCORO_DIR=str(shared))
    assert done.err.splitlines()[0].startswith("error: cannot read ")
    assert (done.err.splitlines()[1], done.status) == ("cause: Permission denied", 2)


def test_nothing_that_can_be_read_is_said(shared):
    (shared / "20261123T101500-mine-1.ocoro").unlink()
    done = ocoro("stats", OCORO_DIR=str(shared))
    assert done.err.startswith(f"error: no run is recorded\ncause: 2 recordings {NOTE}")
    listed = ocoro("runs", OCORO_DIR=str(shared))
    assert (listed.out, listed.status) == ("", 0)
    assert listed.err.startswith(f"note: 2 recordings {NOTE}")


def test_folder_that_cannot_be_read_is_said(shared):
    shared.chmod(0)
    try:
        for command in ("runs", "stats"):
            done = ocoro(command, OCORO_DIR=str(shared))
            assert (done.out, done.err.splitlines()[1].endswith("Permission denied"), done.status) == ("", True, 2)
    finally:
        shared.chmod(0o700)


def test_runs_of_others_are_not_pruned(tmp_path, monkeypatch):
    for number in range(1, 6):
        make(tmp_path, f"20261123T10150{number}-work-{number}", number)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    runs.prune(str(tmp_path), keep=1)
    assert len(list(tmp_path.glob("*.ocoro"))) == 5
    monkeypatch.undo()
    runs.prune(str(tmp_path), keep=1)
    assert len(list(tmp_path.glob("*.ocoro"))) == 1


# -- the link ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", ["/etc/passwd", "/nonexistent", "../elsewhere.ocoro", "last", "/dev/null", "."])
def test_last_that_leads_elsewhere_is_led_back(tmp_path, target):
    folder = tmp_path / "runs"
    make(tmp_path, "elsewhere", 5, pid=9)
    make(folder, "20261123T101500-mine-1", 1)
    (folder / "last").symlink_to(target)
    before = (tmp_path / "elsewhere.ocoro").read_bytes()
    assert "mine" in ocoro("stats", "last", OCORO_DIR=str(folder)).out
    done = ocoro("run", "--quiet", "-c", WAIT, OCORO_DIR=str(folder))
    assert (done.err, done.status) == ("", 0)
    assert os.readlink(folder / "last").endswith(".ocoro")
    assert (folder / "last").resolve().parent == folder
    assert (tmp_path / "elsewhere.ocoro").read_bytes() == before


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_last_that_is_no_link_stays(tmp_path, kind):
    last = tmp_path / "last"
    last.write_text("mine") if kind == "file" else last.mkdir()
    done = ocoro("run", "--quiet", "-c", WAIT, OCORO_DIR=str(tmp_path))
    assert (done.err, done.status) == ("", 0)
    assert (last.is_file(), last.is_dir(), last.is_symlink()) == (kind == "file", kind == "folder", False)
    assert kind == "folder" or last.read_text() == "mine"
    assert len(list(tmp_path.iterdir())) == 2
