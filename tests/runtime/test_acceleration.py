"""What is done in C must be what is done in Python: the same waits, counted alike, and the same errors."""

import os
import subprocess
import sysconfig
from pathlib import Path

import greenlet

from ocoro.cli.recorded.reader import read
from ocoro.runtime import layout, records, tally

ROOT = Path(__file__).resolve().parents[2]

# Prints what came of waits of every kind that the C code knows, and how they were counted.
WAITS = """
import errno, os, signal, socket, threading, time
from ocoro.runtime.instance import is_accelerated, scheduler

def echo(sock):
    while data := sock.recv(100):
        sock.sendall(data)
    sock.close()

def talk(sock):
    for number in range(50):
        sock.send(b"%d" % number)
        assert sock.recv(100) == b"%d" % number
        buffer = bytearray(10)
        sock.sendall(bytearray(b"x" * 10))
        assert sock.recv_into(buffer) == 10 and buffer == b"x" * 10, buffer
    sock.close()

def nap():
    for _ in range(20):
        time.sleep(0.0005)
        time.sleep(0)

def fail(sock, call, *args):
    try:
        call(*args)
    except OSError as error:
        print(type(error).__name__, error.errno, error)

def errors():
    left, right = socket.socketpair()
    left.settimeout(0.001)
    fail(left, left.recv, 10)
    fail(left, left.recv_into, bytearray(10))
    fail(left, left.sendall, b"x" * 10_000_000)
    right.close()
    fail(left, left.send, b"x")
    fail(left, left.recv, 10)
    left.close()
    fail(left, left.recv, 10)
    waiting, other = socket.socketpair()
    waiter = threading.Thread(target=fail, args=(waiting, waiting.recv, 10))
    waiter.start()
    while not scheduler.fds.get(waiting.fileno()):
        time.sleep(0.001)
    waiting.close()
    other.send(b"x")
    waiter.join()

def wait_for_signals():
    seen = []
    signal.signal(signal.SIGUSR1, lambda *_: (time.sleep(0.001), seen.append("handled")))
    threading.Timer(0.01, os.kill, (os.getpid(), signal.SIGUSR1)).start()
    begin = time.monotonic()
    time.sleep(0.05)
    print(seen, time.monotonic() - begin >= 0.05)

pairs = [socket.socketpair() for _ in range(20)]
jobs = [(function, sock) for left, right in pairs for function, sock in ((talk, left), (echo, right))]
threads = [threading.Thread(target=function, args=(sock,)) for function, sock in jobs]
threads += [threading.Thread(target=nap) for _ in range(20)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(scheduler.recorder.tally("sleep").waits)
errors()
wait_for_signals()
scheduler.recorder.fold(time.monotonic(), scheduler.coroutines)
for name in "recv", "send", "sendall":
    sites = scheduler.recorder.sites_of(scheduler.recorder.tally(name))
    for site in sorted(sites, key=lambda site: site.place):  # which comes first is a matter of chance
        print(site.place, name, site.calls, site.bytes, site.errors)
"""


def test_c_code_waits_as_the_python_code_does(ocoro, interpreter, tmp_path):
    """Byte counts and errors are equal; how often there was something to wait for is a matter of chance."""
    program = tmp_path / "waits.py"
    program.write_text(WAITS)
    fast, pure = (
        ocoro("--quiet", program.name, interpreter=interpreter, cwd=tmp_path, env={**os.environ, **variables})
        for variables in ({}, {"OCORO_PURE_PYTHON": "1"})
    )
    assert (fast.err, fast.status) == ("", 0)
    assert (pure.out, pure.err) == (fast.out, "")


# What is recorded of it does not depend on chance: each thread waits once, in the standard library, and for one other.
RECORDED = """
import queue, threading, time
def serve(number):
    inbox.get()
    results.append(number)
    if number == 3:
        raise SystemExit
inbox, results = queue.SimpleQueue(), []
names = [f"{number} {'€' * 20}" for number in range(5)]
threads = [threading.Thread(target=serve, args=(number,), name=name) for number, name in enumerate(names)]
threads.append(threading.Thread(target=time.sleep, args=(0.001,)))
threads.append(threading.Timer(0.001, print))
for thread in threads: thread.start()
time.sleep(0.02)
for thread in threads: inbox.put(None)
for thread in threads: thread.join()
"""


def test_c_code_records_what_the_python_code_does(ocoro, interpreter, tmp_path):
    program = tmp_path / "recorded.py"
    program.write_text(RECORDED)
    recorded = []
    for pure in ("", "1"):
        path = tmp_path / f"run{pure}.ocoro"
        environment = {**os.environ, "OCORO_PURE_PYTHON": pure}
        done = ocoro("--quiet", "-o", str(path), program.name, interpreter=interpreter, cwd=tmp_path, env=environment)
        assert (done.err, done.status) == ("", 0)
        run = read(str(path))
        assert run.problems == []
        recorded.append(
            (
                sorted(
                    (each.number, each.name, each.state, each.waits)
                    for each in run.coroutine_records
                    if each.number != 1
                ),
                sorted((each.kind, each.coroutine, each.waker) for each in run.events if each.kind in ("spawn", "end")),
                {(each.site.call, each.site.place) for each in run.aggregates if each.waits},
            )
        )
    assert recorded[0] == recorded[1]
    coroutines, events, places = recorded[0]
    assert [state for _, _, state, _ in coroutines] == ["ended"] * 7
    assert [kind for kind, _, _ in events] == ["end"] * 7 + ["spawn"] * 7
    assert any("threading.py" in place for _, place in places), "a thread of the standard library alone"


def test_c_code_is_in_use_unless_it_is_not_wanted(ocoro, interpreter):
    code = "import ocoro.runtime.instance as instance; print(instance.is_accelerated)"
    for wanted, variables in ((True, {}), (False, {"OCORO_PURE_PYTHON": "1"}), (True, {"OCORO_PURE_PYTHON": ""})):
        done = ocoro("--quiet", "-c", code, interpreter=interpreter, env={**os.environ, **variables})
        assert done.out == f"{wanted}\n"


def test_c_code_is_of_the_present_source():
    """Else `pip install -e .` has to be run once more."""
    for folder in ("runtime", "hooks"):
        built = max(each.stat().st_mtime for each in (ROOT / folder).glob("fast.*.so"))
        sources = [*(ROOT / folder).glob("fast*.c"), *(ROOT / "runtime").glob("fast*.h")]
        assert built >= max(each.stat().st_mtime for each in sources)


def test_c_code_has_the_constants_of_the_layout():
    source = (ROOT / "runtime" / "fast_record.c").read_text()
    octaves, lowest = layout.BUCKETS // 16, 1023 - (layout.FIRST_BUCKET >> 4)
    assert f"enum {{ BUCKETS = {octaves} * 16, FIRST_BUCKET = (1023 - {lowest}) << 4," in source
    assert f"enum {{ WAIT = {layout.WAIT}, SPAWN = {layout.SPAWN}, END = {layout.END} }};" in source
    states = f"READY = {layout.READY}, WAITING = {layout.WAITING}, OVER = {layout.OVER}"
    assert f"enum {{ NAME_SIZE = {records.NAME_SIZE}, SHARE = {records._SHARE}, {states} }};" in source
    assert f"enum {{ DEEPEST = {tally._DEEPEST} }};" in (ROOT / "runtime" / "fast_sites.c").read_text()


def test_c_code_compiles_without_a_warning(tmp_path):
    headers = [sysconfig.get_path("include"), str(Path(greenlet.__file__).parents[1])]
    for source in (*ROOT.glob("runtime/fast*.c"), *ROOT.glob("hooks/fast*.c")):
        command = ["cc", "-Wall", "-Wextra", "-Wno-missing-field-initializers", "-Werror", "-fPIC", "-O2", "-c"]
        command += [f"-I{each}" for each in headers] + [str(source), "-o", str(tmp_path / "fast.o")]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        assert (done.stderr, done.returncode) == ("", 0)
