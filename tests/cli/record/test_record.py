"""What a run under ocoro leaves in its file: exact numbers, also when it is killed or forks."""

import signal
import time
from itertools import pairwise
from textwrap import dedent

import pytest
from recordings import COUNTS, of, read_until, runs_in, total

from ocoro.cli.live.watched import rates
from ocoro.cli.show.select import by_site

LIMIT = 30.0  # seconds a program may take
MS = 1_000_000
TOLERANCE = 0.02  # of a sum of waits


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


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_killed_run_keeps_everything_before(started, folder, number):
    process = started(COUNTS, "--report=line")
    read_until(process, 150)
    process.send_signal(number)
    assert process.wait(LIMIT) == -number
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


IDLE_SERVER = """\
import socket, sys, threading, time
server = socket.create_server(("127.0.0.1", 0))

def serve():
    while True:
        client, _ = server.accept()
        time.sleep(0.05)
        client.sendall(b"hello")
        client.close()

threading.Thread(target=serve, daemon=True).start()

def ask():
    with socket.create_connection(server.getsockname()) as client:
        client.settimeout(0.5)  # an old deadline, soon, which wakes the hub in the middle of a sleep
        client.recv(100)

ask()
print(1, flush=True)
time.sleep(1.5)
ask()
print(2, flush=True)
sys.stdin.read()
"""


def test_idle_server_is_idle_while_it_is_watched(started, folder):
    """What is read in between and what the run says at its end agree within 2 % of the time between."""
    process = started(IDLE_SERVER)
    read_until(process, 1)
    readings = [only_run(folder)]
    read_until(process, 2)
    readings.append(only_run(folder))
    time.sleep(1.5)
    readings.append(only_run(folder))
    process.stdin.close()
    assert process.wait(LIMIT) == 0
    readings.append(only_run(folder))
    assert [each.state for each in readings] == ["live", "live", "live", "ended"]
    shares = [rates(before, now).idle for before, now in pairwise(readings)]
    assert min(shares[:2]) > 0.9
    live, end = readings[-2:]
    tolerance = 0.02 * end.wall
    assert live.idle - tolerance < end.idle < live.idle + (end.wall - live.wall) + tolerance


def test_call_that_goes_on_is_blocked_while_it_is_watched(started, folder):
    """Not running: what the end says of a call that waits in C is said of it before, too."""
    code = """\
    import ctypes, os, threading, time
    threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
    time.sleep(0.05)
    print(1, flush=True)
    while ctypes.CDLL(None).read(0, ctypes.create_string_buffer(1), 1) < 1: pass
    print(2, flush=True)
    time.sleep(0.1)
    """
    process = started(code, "--rescue=off")
    read_until(process, 1)
    before = live(folder, lambda run: run.blocked > 300 * MS)
    after = live(folder, lambda run: run.blocked > before.blocked + 300 * MS)
    assert rates(before, after).blocked > 0.5
    process.stdin.write("x")
    process.stdin.flush()
    read_until(process, 2)
    assert process.wait(LIMIT) == 0
    end = only_run(folder)
    assert end.blocked >= after.blocked - 20 * MS


def only_run(folder):
    (run,) = runs_in(folder)
    return run


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


@pytest.mark.parametrize("pure", ["", "1"])
def test_threads_are_recorded_by_their_latest_names(recorded, environment, pure):
    """Given before the start, by the thread itself, by another one, by the old method; main's, too."""
    code = """
        import threading, time, warnings
        warnings.simplefilter("ignore")
        over = threading.Event()
        def work():
            time.sleep(0.001)
            if threading.current_thread().name == "a":
                threading.current_thread().name = "itself"
            over.wait()
        threads = [threading.Thread(target=work, name=name) for name in "abcd"]
        threads[3].name = "before"
        for thread in threads: thread.start()
        time.sleep(0.05)
        threads[1].name = "by another \\u00fc" + "x" * 100
        threads[2].setName("by the method")
        time.sleep(0.05)
        over.set()
        for thread in threads: thread.join()
        threads[0].name = "too late"
        threading.main_thread().name = "main renamed"
        time.sleep(0.001)
    """
    environment["OCORO_PURE_PYTHON"] = pure
    run = recorded(dedent(code))
    names = [name for _, name in sorted(run.names().items())]
    long = ("by another \u00fc" + "x" * 100).encode()[:40].decode()
    assert names == ["main renamed", "itself", long, "by the method", "before"]
