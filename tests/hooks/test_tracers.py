"""Tracers and profilers in C, as of coverage and cProfile, are put aside while others run, and set again."""

import json
import os

import pytest

PROFILED = """
import cProfile, threading, time

def work():
    time.sleep(0.01)
    plain()

def plain():
    return sum(range(10))

def main():
    thread = threading.Thread(target=work)
    thread.start()
    plain()
    time.sleep(0.02)
    plain()
    thread.join()

profiler = cProfile.Profile()
profiler.runcall(main)
profiler.create_stats()
calls = {name: calls[0] for (_, _, name), calls in profiler.stats.items()}
print(*(calls.get(name) for name in ("main", "plain", "start")))
"""


def test_profiler_survives_waits(ocoro, python, interpreter):
    """Before 3.12 it knows of its own thread only, later of all."""
    calls = 2 if interpreter.version == "3.11" else 3
    for launch, options in (ocoro, ["--quiet"]), (python, []):
        done = launch(*options, "-c", PROFILED, interpreter=interpreter)
        assert (done.out, done.err, done.status) == (f"1 {calls} 1\n", "", 0)


COVERED = """
import queue, threading, time

items = queue.Queue()

def work(number):
    if number % 2:
        time.sleep(0.01)
    else:
        time.sleep(0.02)
    def inner():
        items.put(number)
    inner()
    for _ in range(3):
        result = number
    return result

def never():
    return 5

threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(sorted(items.get() for _ in range(6)))
try:
    items.get(timeout=0.01)
except queue.Empty:
    print("empty")
"""


@pytest.mark.parametrize("core", ["ctrace", "pytrace"])
def test_coverage_is_the_same(ocoro, python, tmp_path, core):
    (tmp_path / "program.py").write_text(COVERED)
    env = {**os.environ, "COVERAGE_CORE": core}
    found = []
    for launch, options in (ocoro, ["--quiet"]), (python, []):
        done = launch(*options, "-m", "coverage", "run", "--branch", "program.py", cwd=tmp_path, env=env)
        assert (done.err, done.status) == ("", 0), done
        python("-m", "coverage", "json", "-o", "found.json", "--include=program.py", cwd=tmp_path)
        found.append(json.loads((tmp_path / "found.json").read_text())["files"]["program.py"])
    assert found[0]["missing_lines"] == [19]
    assert found[0] == found[1]


# The kind: an exception that leaves a replaced call, or is raised and handled within one.
FAILS = """
import os, queue, select, socket, subprocess, sys, threading, time

def fails(call, *args):
    try:
        call(*args)
    except Exception as error:
        return type(error).__name__

def work():
    left, right = socket.socketpair()
    left.settimeout(0.001)
    nobody = socket.socket()
    calls = [
        (open, "/nowhere"), (os.open, "/nowhere", 0), (os.read, 999, 1), (os.write, 999, b""), (left.recv, 1),
        (left.recv_into, bytearray(1)), (nobody.connect, ("127.0.0.1", 1)), (nobody.recv, 1), (nobody.sendall, b"x"),
        (nobody.recv, 1), (select.select, [nobody], [], [], -1), (os.waitpid, 1, 0), (time.sleep, -1),
        (threading.Lock().release,),
        (queue.SimpleQueue().get_nowait,), (subprocess.Popen, ["/nowhere"]), (socket.getaddrinfo, "no.invalid", 0),
        (os.mkdir, "/"), (open, "/dev/zero", "rb", 0, "utf-8"),
    ]
    del left, right, nobody
    for call, *args in calls:
        told.append(fails(call, *args))

def trace(frame, event, arg):
    if frame.f_code is fails.__code__:
        told.append((event, frame.f_lineno, frame.f_lasti if event == "line" else 0))
    return trace

told = []
sys.settrace(trace)
work()
sys.settrace(None)
print(told)
"""


def test_exception_of_a_replaced_call_is_told_once(ocoro, python, interpreter):
    done, expected = (
        launch(*options, "-c", FAILS, interpreter=interpreter)
        for launch, options in ((ocoro, ["--quiet"]), (python, []))
    )
    assert (done.out, done.err, done.status) == (expected.out, "", 0)
