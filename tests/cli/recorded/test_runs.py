"""Runs are named, found by all the names people give them, and removed when there are too many."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from run_files import EPOCH, SECOND, make

from ocoro.cli.errors import UsageError
from ocoro.cli.recorded import runs
from ocoro.cli.recorded.entry import is_alive
from ocoro.runtime.layout import LIVE, PREPARED

SLOW_TO_IMPORT = {"pathlib", "re", "json", "typing", "dataclasses", "difflib", "click", "rich", "enum"}
DEAD = 2**22 + 1  # a process id that Linux never gives


def names(folder):
    return sorted(path.name.removesuffix(".ocoro") for path in folder.iterdir())


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"OCORO_DIR": "there", "XDG_STATE_HOME": "/state"}, "there"),
        ({"XDG_STATE_HOME": "/state"}, "/state/ocoro/runs"),
        ({"OCORO_DIR": "", "XDG_STATE_HOME": ""}, os.path.expanduser("~/.local/state/ocoro/runs")),
        ({"XDG_STATE_HOME": "relative"}, os.path.expanduser("~/.local/state/ocoro/runs")),
    ],
)
def test_directory_comes_from_the_environment(environment, expected):
    assert runs.directory(environment) == expected


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        ("work.py", "work"),
        ("/srv/app/work.py", "work"),
        ("http.server", "http.server"),
        ("a b/c d\n\u00e9", "c_d__"),
        ("-c", "c"),
        ("-", "python"),
        ("", "python"),
        ("x" * 99, "x" * 40),
    ],
)
def test_new_name_is_safe(program, expected):
    stamp = time.strftime("%Y%m%dT%H%M%S", time.localtime(EPOCH))
    name = runs.new_name(program, 4711, EPOCH)
    assert name == f"{stamp}-{expected}-4711.ocoro"
    entry = runs.Entry(name, os.stat(os.curdir))
    assert (entry.run_id, entry.program, entry.pid) == (f"{stamp}-{expected}-4711", expected, 4711)


def test_launcher_pays_for_nothing_slow():
    code = "import sys; before = set(sys.modules); import ocoro.cli.recorded.runs; print(*set(sys.modules) - before)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert not SLOW_TO_IMPORT & set(done.stdout.split())


def test_folder_is_made_for_the_user_alone(tmp_path):
    path = tmp_path / "a" / "b" / "x.ocoro"
    runs.prepare(str(path))
    assert path.parent.stat().st_mode & 0o777 == 0o700
    runs.prepare(str(path))
    runs.prepare("x.ocoro")


def test_folder_that_cannot_be_made_raises(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        runs.prepare(str(tmp_path / "file" / "x.ocoro"))


def test_last_leads_to_the_newest(tmp_path):
    (tmp_path / f".last.{os.getpid()}").symlink_to("left over")
    for name in ("a.ocoro", "b.ocoro"):
        runs.link_last(str(tmp_path / name))
        assert os.readlink(tmp_path / "last") == name
    assert [path.name for path in tmp_path.iterdir()] == ["last"]


def test_last_that_is_a_folder_stays(tmp_path):
    (tmp_path / "last").mkdir()
    with pytest.raises(OSError, match="last"):
        runs.link_last(str(tmp_path / "a.ocoro"))
    assert [path.name for path in tmp_path.iterdir()] == ["last"]


@pytest.fixture
def dangling(tmp_path):
    """A folder whose `last` leads to a run that is gone."""
    for second in (1, 3, 2):
        path = make(tmp_path, f"20261123T10150{second}-work-{second}", second)
    make(tmp_path, "20261123T101501-work-1.9", 9)
    runs.link_last(path)
    os.unlink(path)
    return tmp_path


def test_last_that_leads_nowhere_leads_to_the_newest(dangling):
    runs.mend_last(str(dangling))
    assert os.readlink(dangling / "last") == "20261123T101503-work-3.ocoro"


def test_last_goes_with_the_last_run(dangling):
    for path in dangling.glob("*.ocoro"):
        path.unlink()
    runs.mend_last(str(dangling))
    assert list(dangling.iterdir()) == []


def test_last_that_leads_somewhere_stays(dangling, tmp_path):
    runs.link_last(str(dangling / "20261123T101501-work-1.ocoro"))
    runs.mend_last(str(dangling))
    assert os.readlink(dangling / "last") == "20261123T101501-work-1.ocoro"
    runs.mend_last(str(tmp_path / "none"))


def test_entry_tells_what_the_header_says(tmp_path):
    make(tmp_path, "20261123T101500-work-4711", 7, program="a\\nb\nc", command="work.py\x1f-x", directory="/srv/=")
    (entry,) = runs.listing(str(tmp_path))
    assert (entry.program, entry.command, entry.directory) == ("a\\nb\nc", ("work.py", "-x"), "/srv/=")
    assert (entry.pid, entry.started, entry.state, entry.is_first) == (4711, (EPOCH + 7) * SECOND, "ended", True)
    assert entry.size >= 4096


@pytest.mark.parametrize("content", [b"", b"\x89OCORO\r\n", b"no recording", b"\xff" * 5000])
def test_entry_of_a_damaged_file_has_what_the_name_says(tmp_path, content):
    (tmp_path / "20261123T101500-work-4711.4712.ocoro").write_bytes(content)
    (entry,) = runs.listing(str(tmp_path))
    assert (entry.run_id, entry.program, entry.pid) == ("20261123T101500-work-4711", "work", 4712)
    assert (entry.state, entry.is_first) == ("killed", False)


def test_processes_that_live_are_told_from_dead_ones(tmp_path):
    mine, now = os.getpid(), time.monotonic()
    make(tmp_path, f"20261123T101500-live-{mine}", since=now, state=LIVE)
    make(tmp_path, f"20261123T101501-ended-{mine}", since=now)
    make(tmp_path, f"20261123T101502-killed-{DEAD}", since=now, state=LIVE)
    make(tmp_path, f"20261123T101503-reused-{mine}", since=now - 1e6, state=LIVE)
    make(tmp_path, f"20261123T101504-rebooted-{mine}", since=now + 1e6, state=LIVE)
    fresh = make(tmp_path, f"20261123T101505-fresh-{mine}", pid=DEAD, state=PREPARED)
    os.utime(fresh)
    states = {entry.program: entry.state for entry in runs.listing(str(tmp_path))}
    assert states == {
        "live": "live",
        "ended": "ended",
        "killed": "killed",
        "reused": "killed",
        "rebooted": "killed",
        "fresh": "live",
    }


def test_zombie_is_not_alive():
    child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    since = time.monotonic()
    assert is_alive(child.pid, since)
    child.stdin.close()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert not is_alive(child.pid, since)
    child.wait()


@pytest.mark.parametrize("pid", [0, 1 << 31, (1 << 32) - 1])
def test_impossible_process_ids_are_not_alive(pid):
    assert not is_alive(pid, time.monotonic())


def test_prune_keeps_the_newest_runs(tmp_path):
    for second in range(5):
        make(tmp_path, f"20261123T10150{second}-work-{second + 1}", second)
        make(tmp_path, f"20261123T10150{second}-work-{second + 1}.99", second)
    runs.prune(str(tmp_path), keep=2)
    assert names(tmp_path) == [
        f"20261123T10150{rest}" for rest in ("3-work-4", "3-work-4.99", "4-work-5", "4-work-5.99")
    ]


def test_prune_keeps_to_the_limit(tmp_path):
    for second, size in enumerate((4096, 1 << 20, 4096)):
        make(tmp_path, f"20261123T10150{second}-work-1", second, size=size)
    runs.prune(str(tmp_path), limit=1 << 20)
    assert names(tmp_path) == ["20261123T101500-work-1", "20261123T101502-work-1"]


def test_prune_spares_living_and_present_runs(tmp_path):
    live = f"20261123T101500-live-{DEAD}"
    make(tmp_path, live)
    make(tmp_path, f"{live}.{os.getpid()}", state=LIVE, since=time.monotonic())
    present = make(tmp_path, "20261123T101501-present-1", 1)
    make(tmp_path, "20261123T101502-old-1", 2)
    runs.prune(str(tmp_path), keep=0, spare=present)
    assert names(tmp_path) == [live, f"{live}.{os.getpid()}", "20261123T101501-present-1"]


def test_prune_touches_nothing_but_runs(tmp_path):
    other = tmp_path / "other"
    kept = ["20261123T101500-work.ocoro", "20261123T1015-work-1.ocoro", "mine.ocoro", "20261123T101500-work-1.txt"]
    for name in kept:
        (tmp_path / name).touch()
    target = make(other, "20261123T101500-work-1")
    (tmp_path / "20261123T101500-work-2.ocoro").symlink_to(target)
    (tmp_path / "20261123T101500-work-3.ocoro").mkdir()
    os.mkfifo(tmp_path / "20261123T101500-work-4.ocoro")
    before = sorted(os.listdir(tmp_path))
    runs.prune(str(tmp_path), keep=0)
    assert sorted(os.listdir(tmp_path)) == before
    assert os.path.exists(target)


def test_prune_of_no_folder_does_nothing(tmp_path):
    runs.prune(str(tmp_path / "none"), keep=0)


def test_processes_of_a_run_belong_together(tmp_path):
    first = make(tmp_path, "20261123T101500-work-20")
    children = [make(tmp_path, f"20261123T101500-work-20.{pid}") for pid in (3, 100)]
    make(tmp_path, "20261123T101500-work-200")
    for path in (first, *children):
        assert runs.processes(path) == [first, *children]


def test_processes_of_a_named_file_belong_together(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("out.ocoro", "out.7.ocoro", "out.7.8.ocoro", "other.5.ocoro"):
        Path(name).touch()
    assert runs.processes("out.ocoro") == ["out.ocoro", "out.7.ocoro", "out.7.8.ocoro"]
    assert runs.processes("out.7.ocoro") == runs.processes("out.ocoro")
    assert runs.processes("other.5.ocoro") == ["other.5.ocoro"]
    assert runs.processes("none.ocoro") == ["none.ocoro"]


@pytest.fixture
def three(tmp_path, monkeypatch):
    """Three runs: of work, of serve, started here, with a child, and of work again."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    folder = tmp_path / "runs"
    monkeypatch.setenv("OCORO_DIR", str(folder))
    make(folder, "20261123T101500-work-100", 0, directory="/srv")
    make(folder, "20261123T101501-serve-200", 1, directory=str(here))
    make(folder, "20261123T101501-serve-200.201", 5, directory=str(here))
    make(folder, "20261123T101502-work-300", 2, directory="/srv")
    return folder


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (None, "20261123T101501-serve-200"),
        ("last", "20261123T101502-work-300"),
        ("-1", "20261123T101502-work-300"),
        ("-2", "20261123T101501-serve-200"),
        ("-3", "20261123T101500-work-100"),
        ("100", "20261123T101500-work-100"),
        ("201", "20261123T101501-serve-200.201"),
        ("20261123T101502-work-300", "20261123T101502-work-300"),
        ("20261123T101501-serve-200.201", "20261123T101501-serve-200.201"),
        ("serve", "20261123T101501-serve-200"),
        ("101502", "20261123T101502-work-300"),
        ("20261123T101500-work-100.ocoro", "20261123T101500-work-100"),
    ],
)
def test_find_knows_every_kind_of_name(three, name, expected):
    assert runs.find(name) == str(three / f"{expected}.ocoro")


def test_find_prefers_a_live_run_if_asked(three):
    live = make(three, f"20261123T101400-live-{os.getpid()}", -60, state=LIVE, since=time.monotonic())
    assert runs.find(live=True) == live
    assert runs.find() == str(three / "20261123T101501-serve-200.ocoro")


def test_find_takes_paths(three, tmp_path):
    path = make(tmp_path / "here", "20261123T101500-mine-1")
    os.rename(path, "serve.ocoro")
    Path("work").write_text("a script, not a recording")
    assert runs.find("serve") == "serve.ocoro"
    assert runs.find("./serve") == "./serve.ocoro"
    assert runs.find("serve.ocoro") == "serve.ocoro"
    assert runs.find(f"{tmp_path}/here/serve.ocoro") == f"{tmp_path}/here/serve.ocoro"
    with pytest.raises(UsageError, match="more than one"):
        runs.find("work")


def test_find_follows_the_link_of_a_path(three):
    runs.link_last(str(three / "20261123T101502-work-300.ocoro"))
    assert runs.find(f"{three}/last") == str(three / "20261123T101502-work-300.ocoro")


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("../runs/20261123T101502-work-300.ocoro", "20261123T101502-work-300"),
        ("../runs/20261123T101501-serve-200.201.ocoro", "20261123T101501-serve-200"),
        ("../runs/mine.ocoro", "mine.ocoro"),
        ("mine.ocoro", "mine.ocoro"),
        ("./mine", "./mine"),
        ("there/mine", "there/mine"),
        ("20261123T101500-copied-1.ocoro", "20261123T101500-copied-1.ocoro"),
    ],
)
def test_run_is_known_by_what_find_takes(three, path, name):
    if not os.path.exists(path):
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        Path(path).touch()
    assert runs.known_as(path) == runs.known_as(os.path.abspath(path)) == name
    assert os.path.exists(runs.find(name))


def test_run_elsewhere_is_known_by_its_whole_path(three, tmp_path):
    assert runs.known_as(f"{tmp_path}/there/mine.ocoro") == f"{tmp_path}/there/mine.ocoro"


@pytest.mark.parametrize("name", [".", "folder", "folder/", "fifo.ocoro", "there/no.ocoro"])
def test_what_is_no_file_is_said(three, name):
    os.mkdir("folder")
    os.mkfifo("fifo.ocoro")
    cause = {"there/no.ocoro": "no such file", "fifo.ocoro": "it is no regular file"}.get(name, "it is a folder")
    with pytest.raises(UsageError) as caught:
        runs.find(name)
    assert caught.value.lines[:2] == (f"there is no recording {name!r}", cause)


@pytest.mark.parametrize(
    ("name", "error", "hint"),
    [
        ("work", "more than one run is named like 'work'", "the newest is 300; 'ocoro runs' lists them all"),
        ("srve", "there is no run 'srve'", "did you mean 20261123T101501-serve-200?"),
        ("srve.py", "there is no run 'srve.py'", "did you mean 20261123T101501-serve-200?"),
        ("zzz", "there is no run 'zzz'", "'ocoro runs' lists the runs there are"),
        ("", "the name of the run is empty", "without any, it is the newest run"),
        ("-4", "there is no run -4", "-1 is the last run, -2 the one before it; see 'ocoro runs'"),
        ("-0", "there is no run -0", "-1 is the last run, -2 the one before it; see 'ocoro runs'"),
        ("--walk", "there is no option --walk", "a run is 'last', -2, a pid or a name"),
        ("./zzz", "there is no recording './zzz'", "'ocoro runs' lists the runs there are"),
        ("zzz.ocoro", "there is no recording 'zzz.ocoro'", "'ocoro runs' lists the runs there are"),
    ],
)
def test_find_says_what_to_do(three, name, error, hint):
    with pytest.raises(UsageError) as caught:
        runs.find(name)
    assert (caught.value.lines[0], caught.value.lines[2]) == (error, hint)


@pytest.mark.parametrize("name", [None, "-1", "last", "work"])
def test_find_without_any_run_says_how_to_record_one(tmp_path, name):
    with pytest.raises(UsageError) as caught:
        runs.find(name, str(tmp_path))
    assert caught.value.lines[0] == "no run is recorded"
    assert caught.value.lines[2] == "record one: 'ocoro run script.py'"
