"""When nothing can wake anybody that is told, once; and never when something still could."""

import re
import signal
import subprocess
from textwrap import dedent

import pytest

BEGIN = """
import os, queue, select, signal, socket, subprocess, sys, threading, time
from ocoro.runtime import originals
from ocoro.runtime.instance import scheduler
"""
CYCLE = """
first, second = threading.RLock(), threading.RLock()
met = threading.Barrier(2)

def work(mine, other):
    with mine:
        met.wait()
        with other: pass

threads = [threading.Thread(target=work, args=locks, name=name) for name, *locks in
           (("ada", first, second), ("bob", second, first))]
for thread in threads: thread.start()
threads[0].join()
"""
WAITS = {
    "lock": "lock = threading.Lock(); lock.acquire(); lock.acquire()",
    "queue": "queue.Queue().get()",
    "simple_queue": "queue.SimpleQueue().get()",
    "condition": "c = threading.Condition(); c.acquire(); c.wait()",
    "select": "select.select([], [], [])",
    "cycle": CYCLE,
    "thread_at_exit": "threading.Thread(target=threading.Event().wait, name='ada').start()",
    "daemons_too": "threading.Thread(target=threading.Event().wait, daemon=True).start(); threading.Event().wait()",
    "after_a_timer": "time.sleep(0.05); threading.Event().wait()",
    "after_offloading": "socket.getaddrinfo('localhost', 1); threading.Event().wait()",
}
HOPES = {
    "timer": "threading.Event().wait(1.2)",
    "timer_of_another": "e = threading.Event(); threading.Timer(1.2, e.set).start(); e.wait()",
    "fd": "a, b = socket.socketpair(); later(lambda: originals.write(b.fileno(), b'x')); a.recv(1)",
    "child": "subprocess.run(['sleep', '1.2'])",
    "offloaded_call": "from ocoro.runtime.offload import pool\n"
    "pool.call(scheduler.recorder.tally('x'), originals.sleep, 1.2)",
    "foreign_thread": "e = threading.Event(); later(e.set); e.wait()",
    "handler": "e = threading.Event(); signal.signal(signal.SIGALRM, lambda *_: e.set())\n"
    "signal.setitimer(signal.ITIMER_REAL, 1.2); e.wait()",
}


@pytest.fixture
def aborts(ocoro, interpreter, tmp_path):
    """`aborts(code)`: what is told of the deadlock in which the program ends."""

    def aborts(code, *options):
        options = ["--on-deadlock=abort", "--report=line", "--no-record", *options]
        (tmp_path / "program.py").write_text(BEGIN + dedent(code))
        done = ocoro(*options, "program.py", interpreter=interpreter, cwd=tmp_path, limit=20)
        assert done.status == 70, done
        text, report = done.err.split("ocoro: wall ")
        assert report.endswith("\n")
        return text

    return aborts


@pytest.mark.parametrize("wait", WAITS)
def test_deadlock_is_told_and_ends_the_program(aborts, wait):
    text = aborts(WAITS[wait])
    assert re.match(
        r"ocoro: deadlock: nothing can wake \d coroutines? any more\ncoroutine 1 MainThread: waiting in ", text
    )
    assert text.count("ocoro: ") == 1


@pytest.mark.parametrize("hope", HOPES)
def test_what_may_be_woken_is_no_deadlock(ocoro, interpreter, hope):
    later = "def later(function): originals.start_new_thread(lambda: (originals.sleep(1.2), function()), ())\n"
    done = ocoro(
        *("--on-deadlock=abort", "--report=line", "--no-record", "-c"),
        BEGIN + later + HOPES[hope] + "\nprint('woken')",
        interpreter=interpreter,
    )
    assert (done.out, done.status) == ("woken\n", 0), done
    assert done.err.startswith("ocoro: wall "), done


def test_who_waits_for_whom_is_told(aborts, tmp_path):
    text = aborts(CYCLE)
    heads = [line for line in text.splitlines() if line.startswith("coroutine")]
    assert [re.sub(r"0x\w+|[\d.]+ s", "_", head) for head in heads] == [
        "coroutine 1 MainThread: waiting in lock for _, for the end of 2 ada; started _ ago",
        "coroutine 2 ada: waiting in lock for _, for RLock _ held by 3 bob; started _ ago",
        "coroutine 3 bob: waiting in lock for _, for RLock _ held by 2 ada; started _ ago",
    ]
    begin = len(BEGIN.splitlines())
    stacks = [
        re.findall(r"    .*program\.py:(\d+) (\S+)$", stack, re.MULTILINE) for stack in text.split("\ncoroutine ")[1:]
    ]
    assert [[(int(line) - begin, where) for line, where in stack] for stack in stacks] == [
        [(13, "<module>")],
        [(8, "work")],
        [(8, "work")],
    ]


def test_thread_that_main_waits_for_at_its_end(aborts):
    text = aborts(WAITS["thread_at_exit"])
    assert re.search(r"^coroutine 1 MainThread: .*, for the end of 2 ada;.*\n    .* _shutdown\n", text, re.MULTILINE)


def test_foreign_thread_that_ends_leaves_a_deadlock(aborts):
    assert "deadlock" in aborts("originals.start_new_thread(originals.sleep, (0.8,)); threading.Event().wait()")


def test_output_and_recording_are_not_lost(ocoro, interpreter, tmp_path):
    code = "import threading; print('printed'); threading.Thread(target=threading.Event().wait).start()"
    options = ["--on-deadlock=abort", "--quiet", "--output=run.ocoro"]
    done = ocoro(*options, "-c", code, interpreter=interpreter, cwd=tmp_path)
    assert (done.out, done.err, done.status) == ("printed\n", "", 70)
    command = [interpreter.path, "-P", "-m", "ocoro", "stats", "--json", "run.ocoro"]
    shown = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert '"ended"' in shown.stdout, shown


@pytest.mark.parametrize(("options", "count"), [([], 1), (["--on-deadlock=ignore"], 0), (["--quiet"], 0)])
def test_program_waits_on_after_a_warning(interpreter, options, count):
    """It can still be interrupted, and is not told of twice."""
    code = (
        "import os, signal, threading\n"
        "def wait():\n"
        "    try: print('ready', flush=True); threading.Event().wait()\n"
        "    except KeyboardInterrupt: print('woken', flush=True)\n"
        "wait(); wait()"
    )
    command = [interpreter.path, "-P", "-m", "ocoro", "run", "--report=line", "--no-record", *options, "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "ready\n"
        told = process.stderr.readline() if count else ""
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == "woken\n"
        assert process.stdout.readline() == "ready\n"
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1.2)
        process.send_signal(signal.SIGINT)
        err = told + process.stderr.read()
    assert err.count("ocoro: deadlock") == count
    assert process.returncode == 0


def test_idle_program_is_not_woken(ocoro, tmp_path):
    """A wait without end is slept through, with or without somebody who looks for deadlocks."""
    code = """
        import socket, threading
        from ocoro.runtime import originals
        from ocoro.runtime.instance import scheduler
        a, b = socket.socketpair()
        polls, wait = [], scheduler.poller.wait
        def count(timeout):
            polls.append(timeout)
            return wait(timeout)
        scheduler.poller.wait = count
        originals.start_new_thread(lambda: (originals.sleep(1.5), originals.write(b.fileno(), b"x")), ())
        a.recv(1)
        print(len(polls) < 10)
    """
    for options in (["--report=line"], ["--quiet", "--no-record"]):
        assert ocoro(*options, "-c", dedent(code), cwd=tmp_path).out == "True\n"
