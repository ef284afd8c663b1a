"""What a run under ocoro leaves in its file: exact numbers, also when it is killed, forks, or cannot write."""

import os
import signal
import stat
import subprocess
import time
from textwrap import dedent

import pytest
from process import run

from ocoro.cli.recorded.reader import read
from ocoro.cli.show.select import by_site
from ocoro.runtime import layout
from ocoro.runtime.recording import size_of

LIMIT = 30.0  # seconds a program may take
MS = 1_000_000
TOLERANCE = 0.02  # of a sum of waits


@pytest.fixture
def folder(tmp_path):
    """Where the runs are recorded."""
    return tmp_path / "runs"


@pytest.fixture
def environment(folder):
    """The variables of a process whose runs go there."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OCORO_", "XDG_"))}
    return kept | {"OCORO_DIR": str(folder)}


@pytest.fixture
def script(tmp_path):
    """`script(code)`: the path of a program."""

    def script(code, name="program.py"):
        path = tmp_path / name
        path.write_text(dedent(code))
        return str(path)

    return script


@pytest.fixture
def ran(ocoro, script, environment, tmp_path):
    """`ran(code)`: how a program ended, which must be well and without a word on standard error."""

    def ran(code, *options, **how):
        done = ocoro("--quiet", *options, script(code), env=environment, cwd=tmp_path, **how)
        assert (done.err, done.status) == ("", 0), done
        return done

    return ran


@pytest.fixture
def recorded(ran, folder):
    """`recorded(code)`: the run of a program with one process."""

    def recorded(code, *options, **how):
        ran(code, *options, **how)
        (run,) = runs_in(folder)
        return run

    return recorded


@pytest.fixture
def started(default_interpreter, script, environment, tmp_path):
    """`started(code)`: a program that still runs, with its standard output to read from."""
    processes = []

    def started(code, *options):
        path = script(code, "started.py")
        command = [default_interpreter.path, "-P", "-m", "ocoro", "run", "--quiet", *options, "-u", path]
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, stdin=pipe, stdout=pipe, env=environment, cwd=tmp_path, text=True)
        processes.append(process)
        return process

    yield started
    for process in processes:
        process.kill()
        process.wait(LIMIT)
        process.stdin.close()
        process.stdout.close()


def runs_in(folder):
    """What is recorded there; the first process first."""
    runs = [read(str(path)) for path in sorted(folder.glob("*.ocoro"))]
    assert all(run.problems == [] for run in runs)
    return sorted(runs, key=lambda run: run.parent != 0)


def of(run, call):
    """The aggregates of one kind of call, those with a place first."""
    found = [each for each in run.aggregates if each.site.call == call]
    return sorted(found, key=lambda each: not each.site.file)


def total(run, call, field):
    return sum(getattr(each, field) for each in of(run, call))


# -- what is counted ---------------------------------------------------------------------------------------------------

SLEEPS = """\
import threading, time

def work():
    for _ in range(10):
        time.sleep(0.02)
    time.sleep(0.05)

threads = [threading.Thread(target=work, name=f"worker-{number}") for number in range(20)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


def test_known_sleeps_add_up(recorded, interpreter):
    run = recorded(SLEEPS, interpreter=interpreter)
    short, long = sorted(of(run, "sleep"), key=lambda each: each.site.line)
    assert [(each.waits, each.calls, each.errors) for each in (short, long)] == [(200, 200, 0), (20, 20, 0)]
    assert short.wait == pytest.approx(200 * 20 * MS, rel=TOLERANCE)
    assert long.wait == pytest.approx(20 * 50 * MS, rel=TOLERANCE)
    assert short.histogram.total == 200
    assert short.longest == pytest.approx(20 * MS, rel=TOLERANCE)
    assert (run.coroutines, run.coroutines_most, run.state, run.dropped) == (21, 21, "ended", 0)
    assert run.wall == run.running + run.idle + run.blocked


def test_site_is_the_line_that_called(recorded, tmp_path):
    run = recorded(SLEEPS)
    places = sorted((each.site.file, each.site.line, each.site.function) for each in of(run, "sleep"))
    program = str(tmp_path / "program.py")
    assert places == [(program, 5, "work"), (program, 6, "work")]


def test_line_in_the_standard_library_is_the_callers(recorded):
    code = """\
    import queue, threading
    waiting = queue.Queue()
    threading.Timer(0.01, waiting.put, (1,)).start()
    waiting.get()
    """
    run = recorded(code)
    assert 4 in {each.site.line for each in of(run, "lock")}


def test_coroutines_have_their_threads_names(recorded):
    run = recorded(SLEEPS)
    assert [each.number for each in run.coroutine_records] == list(range(1, 22))
    assert [each.name for each in run.coroutine_records] == ["MainThread", *(f"worker-{each}" for each in range(20))]
    worker = run.coroutine_records[-1]
    assert (worker.state, worker.waits, worker.site.call) == ("ended", 11, "sleep")
    assert worker.wait == pytest.approx(250 * MS, rel=TOLERANCE)


def test_events_tell_who_started_and_who_woke(recorded):
    code = """\
    import threading
    lock = threading.Lock()
    lock.acquire()
    def work():
        lock.acquire()
    thread = threading.Thread(target=work, name="waiter")
    thread.start()
    lock.release()
    thread.join()
    """
    run = recorded(code)
    spawned = [(each.coroutine, each.waker) for each in run.events if each.kind == "spawn"]
    ended = [each.coroutine for each in run.events if each.kind == "end"]
    waits = [(each.coroutine, each.site.line, each.waker) for each in run.events if each.kind == "wait"]
    assert (spawned, ended) == ([(2, 1)], [2])
    assert (2, 5, 1) in waits  # the thread waited for the lock that the main one holds
    assert (1, 9, 2) in waits  # and is joined


TRANSFERS = """\
import socket, threading, time
left, right = socket.socketpair()

def echo():
    for _ in range(50):
        right.send(right.recv(1000))

thread = threading.Thread(target=echo)
thread.start()
for _ in range(50):
    left.sendall(b"x" * 300)
    assert len(left.recv(1000)) == 300
thread.join()
"""


def test_calls_and_bytes_are_counted(recorded, interpreter):
    run = recorded(TRANSFERS, interpreter=interpreter)
    for call, calls in (("recv", 100), ("send", 50), ("sendall", 50)):
        assert (total(run, call, "calls"), total(run, call, "bytes")) == (calls, calls * 300), call
        assert total(run, call, "errors") == 0
    assert 0 < total(run, "recv", "waits") <= 100


def test_calls_are_counted_where_they_are_made(recorded, interpreter):
    code = """\
    import os, socket, sqlite3, threading
    def attempt(call, *args):
        try: call(*args)
        except (OSError, sqlite3.Error): pass
    reader, writer = os.pipe()
    for _ in range(3): os.write(writer, b"four")
    for _ in range(3): os.read(reader, 4)
    def fail():
        attempt(os.read, 999_999, 1)
        attempt(os.write, 999_999, b"x")
        attempt(os.pread, reader, 1, 0)
        attempt(os.waitpid, 1, 0)
        for _ in range(2): attempt(socket.getaddrinfo, "%", 80)
        attempt(socket.socket().connect, ("127.0.0.1", 1))
        attempt(socket.socket().connect, ("%", 1))
    other = threading.Thread(target=fail)
    other.start()
    other.join()
    os.set_blocking(reader, False)
    attempt(os.read, reader, 1)
    """
    run = recorded(code, interpreter=interpreter)
    counted = {}
    for each in run.aggregates:
        calls, errors, size = counted.get((each.site.call, each.site.line), (0, 0, 0))
        counted[each.site.call, each.site.line] = calls + each.calls, errors + each.errors, size + each.bytes
    assert {key: counts for key, counts in counted.items() if key[0] != "lock"} == {
        ("write", 6): (3, 0, 12),
        ("read", 7): (3, 0, 12),
        ("read", 3): (2, 2, 0),
        ("write", 3): (1, 1, 0),
        ("waitpid", 3): (1, 1, 0),
        ("resolve", 3): (2, 2, 0),
        ("connect", 3): (2, 2, 0),
    }


def test_place_that_computed_for_too_long_is_known(recorded, interpreter):
    code = """\
    import json, threading, time
    def spin():
        while not done: pass
    def parse():
        json.loads("[1]", parse_int=lambda number: spin())
    done = []
    computing = threading.Thread(target=parse)
    computing.start()
    time.sleep(0.05)
    done.append(True)
    computing.join()
    """
    run = recorded(code, interpreter=interpreter)
    (preempted,) = by_site(each for each in run.aggregates if each.site.call == "preempted")
    assert (preempted.site.line, preempted.site.function) == (3, "spin")
    assert preempted.waits == run.preemptions > 0
    assert {event.site.line for event in run.events if event.kind == "preempt"} == {3}
    assert run.dropped == 0


def test_errors_are_counted(recorded, interpreter):
    code = """\
    import socket, struct
    server = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(server.getsockname())
    accepted, _ = server.accept()
    accepted.settimeout(0.01)
    for _ in range(3):
        try: accepted.recv(10)
        except TimeoutError: pass
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    try: accepted.recv(10)
    except ConnectionResetError: pass
    """
    run = recorded(code, interpreter=interpreter)
    assert (total(run, "recv", "errors"), total(run, "recv", "bytes"), total(run, "recv", "calls")) == (4, 0, 4)
    assert total(run, "recv", "wait") >= 20 * MS


def test_header_tells_what_ran(recorded, folder, tmp_path, default_interpreter):
    before = time.time_ns()
    run = recorded("import sys")
    (path,) = folder.glob("*.ocoro")
    assert run.run_id == path.name.removesuffix(".ocoro")
    assert (run.program, run.directory, run.parent) == ("program.py", str(tmp_path), 0)
    assert run.command == (default_interpreter.path, str(tmp_path / "program.py"))
    assert run.python.startswith(default_interpreter.version + ".")
    assert before <= run.started <= time.time_ns()
    assert path.name.endswith(f"-program-{run.pid}.ocoro")


def test_ring_keeps_the_newest_and_says_what_is_gone(recorded):
    code = """\
    import time
    for _ in range(2000): time.sleep(0)
    for _ in range(3000): time.sleep(0.000001)
    """
    run = recorded(code, "--trace=64k")
    waits = [each for each in run.events if each.kind == "wait"]
    assert total(run, "sleep", "waits") == 5000
    assert run.dropped == 3000 - len(waits) > 0  # who gives way has no event
    assert len(waits) > 1000


def test_trace_keeps_more(recorded):
    run = recorded("import time\nfor _ in range(9000): time.sleep(0.000001)", "--trace=1M")
    assert (run.dropped, sum(each.kind == "wait" for each in run.events)) == (0, 9000)


# -- the end -----------------------------------------------------------------------------------------------------------

COUNTS = """\
import socket, threading, time
left, right = socket.socketpair()

def feed():
    while True:
        left.send(b"x")
        time.sleep(0.001)

threading.Thread(target=feed, daemon=True).start()
count = 0
while True:
    time.sleep(0.002)
    count += 1
    right.recv(1)
    print(count)
"""


HAND_OVER = """\
import os, signal, threading
from ocoro.runtime.instance import scheduler
ping, pong = threading.Lock(), threading.Lock()
def serve():
    while True:
        ping.acquire()
        pong.release()
ping.acquire()
pong.acquire()
threading.Thread(target=serve, daemon=True).start()
for _ in range({rounds}):
    ping.release()
    pong.acquire()
print(scheduler.recorder.tally("lock").waits, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def read_until(process, number):
    """The last number that a program printed before it has printed this many lines."""
    for line in process.stdout:
        if int(line) >= number:
            return int(line)
    raise AssertionError("the program has ended")


def test_killed_run_keeps_everything_before(started, folder):
    process = started(COUNTS)
    read_until(process, 150)
    process.kill()
    process.wait(LIMIT)
    rest = process.stdout.read().splitlines()
    count = int(rest[-1]) if rest else 150
    (run,) = runs_in(folder)
    (main,) = (each for each in of(run, "sleep") if each.site.line == 12)
    assert (run.state, run.pid) == ("killed", process.pid)
    assert count <= main.waits <= count + 1
    assert main.wait == pytest.approx(main.waits * 2 * MS, rel=TOLERANCE)
    assert main.histogram.total == main.waits


@pytest.mark.parametrize("rounds", [20_000, 21_000, 22_000, 23_000, 24_000])
def test_killed_run_keeps_the_waits_however_many_they_are(started, folder, rounds):
    """More in a few milliseconds than the flight recorder has room for."""
    process = started(HAND_OVER.format(rounds=rounds))
    (waits,) = process.stdout.read().splitlines()
    assert process.wait(LIMIT) == -signal.SIGKILL
    (run,) = runs_in(folder)
    assert sum(each.waits for each in of(run, "lock")) == int(waits)


def test_run_ended_by_a_signal_says_that_it_ended(started, folder):
    process = started(COUNTS, "--report=line")
    read_until(process, 5)
    process.terminate()
    assert process.wait(LIMIT) == -signal.SIGTERM
    (run,) = runs_in(folder)
    assert run.state == "ended"


def test_live_run_can_be_read(started, folder):
    code = """\
    import threading, time
    lock = threading.Lock()
    lock.acquire()
    def work():
        lock.acquire()
    threading.Thread(target=work, name="stuck", daemon=True).start()
    for _ in range(3): time.sleep(0.001)
    print(3)
    time.sleep(600)
    """
    process = started(code)
    assert read_until(process, 3) == 3
    run = live(folder, lambda run: states(run).get("MainThread") == "waiting sleep 9")
    assert run.state == "live"
    assert states(run) == {"MainThread": "waiting sleep 9", "stuck": "waiting lock 5"}
    assert total(run, "sleep", "waits") == 3
    stuck = next(each for each in run.coroutine_records if each.name == "stuck")
    assert stuck.ended is None
    assert 0 < stuck.since <= run.wall


def states(run):
    """Name -> what the coroutine is doing, in which call and line."""
    records = [each for each in run.coroutine_records if each.site]
    return {each.name: f"{each.state} {each.site.call} {each.site.line}" for each in records}


def live(folder, condition):
    """The run once it says what is expected; a live recording is a few milliseconds behind."""
    until = time.monotonic() + LIMIT
    while True:
        (run,) = runs_in(folder)
        if condition(run) or time.monotonic() > until:
            return run
        time.sleep(0.01)


@pytest.mark.parametrize(
    "code",
    [
        "import os; os._exit(0)",
        "import sys; sys.exit(0)",
        "import os, sys; os.execv(sys.executable, ['python', '-c', ''])",
    ],
    ids=["_exit", "exit", "execv"],
)
def test_run_ends_however_the_process_does(recorded, code):
    run = recorded(f"import time\nfor _ in range(5): time.sleep(0.001)\n{code}")
    assert (run.state, total(run, "sleep", "waits")) == ("ended", 5)


def test_failed_exec_goes_on_recording(recorded):
    code = """\
    import os, time
    try: os.execv("/nowhere", ["nowhere"])
    except FileNotFoundError: pass
    time.sleep(0.001)
    """
    run = recorded(code)
    assert (run.state, total(run, "sleep", "waits")) == ("ended", 1)


# -- other processes ---------------------------------------------------------------------------------------------------


def test_forked_child_has_its_own_file(ran, folder, interpreter):
    code = """\
    import os, time
    time.sleep(0.001)
    pid = os.fork()
    for _ in range(3 if pid else 7): time.sleep(0.001)
    if pid: os.waitpid(pid, 0)
    """
    ran(code, interpreter=interpreter)
    parent, child = runs_in(folder)
    assert (child.run_id, child.parent, parent.parent) == (parent.run_id, parent.pid, 0)
    assert child.path == parent.path.removesuffix(".ocoro") + f".{child.pid}.ocoro"
    assert (total(parent, "sleep", "waits"), total(child, "sleep", "waits")) == (4, 7)
    assert (parent.state, child.state) == ("ended", "ended")


def test_forked_child_that_exits_at_once_says_that_it_ended(ran, folder):
    code = """\
    import os, time
    pid = os.fork()
    if pid: os.waitpid(pid, 0)
    else: time.sleep(0.001); os._exit(0)
    """
    ran(code)
    parent, child = runs_in(folder)
    assert (parent.state, child.state, total(child, "sleep", "waits")) == ("ended", "ended", 1)


def test_multiprocessing_child_has_its_own_file(ran, folder, interpreter):
    code = """\
    import multiprocessing, time
    def work():
        for _ in range(5): time.sleep(0.001)
    if __name__ == "__main__":
        process = multiprocessing.get_context("fork").Process(target=work)
        process.start()
        process.join()
    """
    ran(code, interpreter=interpreter)
    parent, child = runs_in(folder)
    assert (child.run_id, child.parent) == (parent.run_id, parent.pid)
    assert (child.state, total(child, "sleep", "waits"), total(parent, "sleep", "waits")) == ("ended", 5, 0)


def test_followed_child_has_its_own_file(ran, folder):
    code = """\
    import subprocess, sys, time
    time.sleep(0.001)
    subprocess.run([sys.executable, "-c", "import time; time.sleep(0.001); time.sleep(0.001)"], check=True)
    """
    ran(code, "--follow")
    parent, child = runs_in(folder)
    assert (child.run_id, child.parent) == (parent.run_id, parent.pid)
    assert (total(parent, "sleep", "waits"), total(child, "sleep", "waits")) == (1, 2)


# -- the program's own files -------------------------------------------------------------------------------------------


def test_program_gets_the_lowest_number(ran, interpreter):
    assert ran("print(open(__file__).fileno())", interpreter=interpreter).out == "3\n"


def test_program_may_close_all_files(recorded, interpreter):
    code = """\
    import os, threading, time
    os.closerange(3, 10000)
    threads = [threading.Thread(target=time.sleep, args=(0.001,)) for _ in range(10)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    """
    run = recorded(code, interpreter=interpreter)
    assert (run.state, total(run, "sleep", "waits")) == ("ended", 10)


def test_file_that_is_left_open_gets_its_data(ran, tmp_path, interpreter):
    code = """\
    import builtins, time
    builtins.kept = [open(f"left{number}", "w") for number in range(10)]
    for file in builtins.kept: file.write("written")
    time.sleep(0.001)
    """
    ran(code, interpreter=interpreter)
    assert [(tmp_path / f"left{number}").read_text() for number in range(10)] == ["written"] * 10


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
