"""Which file a run is recorded in, who may read it, and what is said when it cannot be written."""

import os
import stat

import pytest
from process import run
from recordings import COUNTS, of, read_until, runs_in, total

from ocoro.cli.recorded.reader import read
from ocoro.runtime import layout
from ocoro.runtime.recording import size_of

# -- where to ----------------------------------------------------------------------------------------------------------


def test_nothing_is_recorded_if_not_wanted(ran, folder):
    ran("import time; time.sleep(0.001)", "--no-record")
    assert not folder.exists()


@pytest.mark.parametrize(
    "arguments", [["nosuch.py"], ["-V"], ["-h", "-c", "print()"], ["-o", "out.ocoro", "nosuch.py"]]
)
def test_nothing_is_recorded_if_nothing_is_run(ocoro, environment, folder, tmp_path, arguments):
    ocoro("--quiet", *arguments, env=environment, cwd=tmp_path)
    assert not folder.exists()
    assert list(tmp_path.glob("*.ocoro")) == []


@pytest.mark.parametrize("name", ["run.ocoro", "a;b %25 c%3b.ocoro", "höhe", "x=1;record=2.ocoro"])
def test_output_names_the_file(ran, tmp_path, folder, name):
    ran("import time; time.sleep(0.001)", "-o", name)
    run = read(str(tmp_path / name))
    assert (run.run_id, run.program) == (name.removesuffix(".ocoro"), "program.py")
    assert total(run, "sleep", "waits") == 1
    assert not folder.exists()


def test_output_is_relative_to_where_it_was_given(ran, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    ran("import os, time; os.chdir('elsewhere'); os.fork(); time.sleep(0.001)", "--output=r.ocoro")
    assert len(list(tmp_path.glob("r*.ocoro"))) == 2


def test_output_replaces_an_old_file(ran, tmp_path):
    (tmp_path / "run.ocoro").write_text("old" * 1000000)
    ran("import time; time.sleep(0.001)", "-o", "run.ocoro")
    run = read(str(tmp_path / "run.ocoro"))
    assert (run.problems, total(run, "sleep", "waits")) == ([], 1)


def test_output_of_a_run_that_goes_on_is_not_overwritten(started, ran, tmp_path):
    process = started(COUNTS, "-o", "run.ocoro")
    read_until(process, 5)
    ran("import time; time.sleep(0.001)", "-o", "run.ocoro")
    assert total(read(str(tmp_path / "run.ocoro")), "sleep", "waits") == 1
    read_until(process, 50)
    assert process.poll() is None


def test_runs_go_where_state_is_kept(ocoro, script, environment, tmp_path):
    state = tmp_path / "state"
    del environment["OCORO_DIR"]
    environment |= {"XDG_STATE_HOME": str(state)}
    done = ocoro("--quiet", script("import time"), env=environment)
    assert (done.err, len(list((state / "ocoro" / "runs").glob("*.ocoro")))) == ("", 1)


def test_files_are_the_users_alone(ran, folder):
    ran("import os; os.umask(0); pid = os.fork(); import time; time.sleep(0.001)")
    modes = {stat.S_IMODE(path.stat().st_mode) for path in folder.glob("*.ocoro")}
    assert (len(list(folder.glob("*.ocoro"))), modes) == (2, {0o600})
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_last_leads_to_the_newest(ran, folder):
    for _ in range(2):
        ran("import time")
        newest = max(folder.glob("*-*.ocoro"), key=lambda path: path.stat().st_mtime_ns)
        assert os.readlink(folder / "last") == newest.name


# -- when it cannot be -------------------------------------------------------------------------------------------------

WORKS = """\
import sys, threading, time
threads = [threading.Thread(target=time.sleep, args=(0.001,)) for _ in range(5)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print("worked")
sys.exit(3)
"""


def warned(done):
    """The only line on standard error of a program that did as it should."""
    assert (done.out, done.status) == ("worked\n", 3)
    (line,) = done.err.splitlines()
    assert line.startswith("warning: ")
    return line


@pytest.mark.parametrize("place", ["file/runs", "/proc/runs", "/dev/null/runs"])
def test_folder_that_cannot_be_made_is_warned_about(ocoro, script, environment, tmp_path, place):
    (tmp_path / "file").touch()
    environment["OCORO_DIR"] = os.path.join(tmp_path, place)
    assert "this run is not recorded: " in warned(ocoro("--quiet", script(WORKS), env=environment))


@pytest.mark.parametrize("output", ["nowhere/run.ocoro", ".", "pipe", "link", "/proc/run.ocoro"])
def test_file_that_cannot_be_made_is_warned_about(ocoro, script, environment, tmp_path, output):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    done = ocoro("--quiet", "-o", output, script(WORKS), env=environment, cwd=tmp_path)
    assert "this run is not recorded: " in warned(done)
    assert {path.name for path in tmp_path.iterdir()} == {"pipe", "link", "program.py"}


def limited(size, limit="f", unit=512):
    """A shell's words for running a command whose files, or what else it limits, can have at most so many bytes."""
    return ["sh", "-c", f'ulimit -{limit} {size // unit}; exec "$@"', "sh"]


@pytest.fixture
def in_little_room(default_interpreter, environment, tmp_path):
    """`in_little_room(size, path)`: how a program ended whose files can have at most `size` bytes."""

    def in_little_room(size, path):
        command = [default_interpreter.path, "-P", "-m", "ocoro", "run", "--quiet", path]
        return run([*limited(size), *command], env=environment, cwd=tmp_path)

    return in_little_room


def test_full_disk_is_warned_about(in_little_room, script, folder):
    assert "this run is not recorded: " in warned(in_little_room(layout.PAGE * 4, script(WORKS)))
    assert list(folder.iterdir()) == []


def test_missing_memory_is_warned_about(default_interpreter, environment, script, tmp_path):
    """As there is no room to map the file; a file without anything in it would not help anybody."""
    command = [default_interpreter.path, "-P", "-m", "ocoro", "run", "--quiet", "--trace=512M", "-o", "out.ocoro"]
    command += [script(WORKS)]
    done = run([*limited(450 << 20, "v", 1024), *command], env=environment, cwd=tmp_path)
    assert "this run is not recorded: " in warned(done)
    assert not (tmp_path / "out.ocoro").exists()


def test_memory_that_is_missing_by_the_start_is_warned_about(ocoro, environment, default_interpreter, script, tmp_path):
    narrow = tmp_path / "narrow-python"
    narrow.write_text(f'#!/bin/sh\nulimit -v {450 << 10}; exec "{default_interpreter.path}" "$@"\n')
    narrow.chmod(0o700)
    options = "--quiet", "--trace=512M", "-o", "out.ocoro", f"--python={narrow}"
    done = ocoro(*options, script(WORKS), env=environment, cwd=tmp_path)
    assert "all of this run is recorded: " in warned(done)
    assert not (tmp_path / "out.ocoro").exists()


GROWS = """\
import sys, threading, time
from ocoro.runtime.instance import scheduler
code = "def {0}():\\n    time.sleep(0.000001)\\n"
names = ["f" * 200 + str(number) for number in range(600)]
for name in names: exec(compile(code.format(name), name, "exec"))
for name in names: globals()[name]()
gate = threading.Lock()
gate.acquire()
def wait():
    with gate: pass
threads = [threading.Thread(target=wait, name=f"thread {number}") for number in range(1500)]
for thread in threads: thread.start()
time.sleep(0.05)
now = time.monotonic()
while scheduler.recorder.is_behind(now): time.sleep(0.01)
gate.release()
for thread in threads: thread.join()
print("worked")
sys.exit(3)
"""


def test_recording_grows(ocoro, script, environment, folder):
    done = ocoro("--quiet", script(GROWS), env=environment)
    assert (done.out, done.err, done.status) == ("worked\n", "", 3)
    (run,) = runs_in(folder)
    sites = [each for each in of(run, "sleep") if each.site.function.startswith("ffff")]
    assert {(each.site.line, each.waits) for each in sites} == {(2, 1)}
    assert sorted(each.site.function for each in sites) == sorted("f" * 200 + str(number) for number in range(600))
    assert all(each.site.file == each.site.function for each in sites)
    assert {each.name for each in run.coroutine_records} >= {f"thread {number}" for number in range(1500)}
    assert total(run, "lock", "waits") >= 1500


def test_recording_that_cannot_grow_is_warned_about(in_little_room, script, folder):
    room = size_of(layout.EVENTS_SIZE)
    done = in_little_room(room, script(GROWS))
    (path,) = folder.glob("*.ocoro")
    run = read(str(path))
    check_is_partial(run)
    assert (run.state, path.stat().st_size) == ("ended", room)
    assert "not all of this run is recorded: " in warned(done)


def check_is_partial(run):
    """What found no room is said; the rest is as it should be."""
    (problem,) = run.problems
    assert "the call and its place are missing in the file" in problem
    assert all(each.waits == 1 for each in of(run, "sleep") if each.site.function.startswith("ffff"))
    assert run.coroutines == 1501
