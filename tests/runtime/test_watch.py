"""A call that holds the thread is told, once and while it lasts; nothing else is."""

import os
import re
import signal
import subprocess
import time
from textwrap import dedent

import pytest

LINE = re.compile(
    r"ocoro: stall: (?P<who>.+) (?P<verb>holds|held) the thread, since \d\d:\d\d:\d\d\.\d\d\d for [\d.]+ s,"
    r" in (?P<where>.+); (?P<count>\d+) others? (?:is|are|was|were) ready meanwhile\n"
)
BEGIN = """
import ctypes, hashlib, os, socket, threading, time
from ocoro.runtime import originals

def others(count):
    "So many threads that have something to do all the time."
    over = threading.Event()
    def tick():
        while not over.wait(0.001): pass
    for _ in range(count): threading.Thread(target=tick).start()
    time.sleep(0.02)
    return over

"""


def counted(report):
    """What the end of the run says of places that were told before."""
    return re.findall(r"^ocoro: stall: (\d+) times in all at (.+)$", report, re.MULTILINE)


@pytest.fixture
def stalls(ocoro, interpreter):
    """`stalls(code)`: the lines about stalls that the program leads to, taken apart; and nothing else is told."""

    def stalls(code, *options):
        done = ocoro(
            "--report=line",
            "--no-record",
            "--rescue=off",
            *options,
            "-c",
            BEGIN + dedent(code),
            interpreter=interpreter,
            limit=20,
        )
        assert done.status == 0, done
        told, report = done.err.split("ocoro: wall ")
        return [LINE.fullmatch(line).groupdict() for line in told.splitlines(keepends=True)] + counted(report)

    return stalls


@pytest.mark.parametrize(
    ("call", "verb"),
    [
        ("ctypes.CDLL(None).usleep(300_000)", "holds"),  # gives up the interpreter's lock
        ("hashlib.sha3_256().update(bytes(1 << 27))", "holds"),  # computes
        ("sum(range(20_000_000))", "held"),  # keeps the lock
    ],
)
def test_call_that_holds_the_thread_is_told_once(stalls, call, verb):
    code = f"""
        def work():
            {call}
        over = others(2)
        work()
        over.set()
    """
    line = len(BEGIN.splitlines()) + 3
    told = {"who": "MainThread", "verb": verb, "where": f"<string>:{line} work", "count": "2"}
    assert stalls(code) == [told]


def test_stalls_of_one_place_are_told_once_and_counted(stalls):
    code = """
        over = others(1)
        def work():
            for _ in range(3): originals.sleep(0.2); time.sleep(0)
            originals.sleep(0.2); time.sleep(0)
        thread = threading.Thread(target=work, name="work\\x1ber")
        thread.start()
        thread.join()
        over.set()
    """
    first, other, count = stalls(code)
    line = len(BEGIN.splitlines()) + 4
    assert [each["who"] for each in (first, other)] == [r"work\x1ber"] * 2
    assert [each["where"] for each in (first, other)] == [f"<string>:{line} work", f"<string>:{line + 1} work"]
    assert count == ("3", f"<string>:{line} work")


ENDLESS = """
import os, threading, time
from ocoro.runtime import originals, watch
watch._LONG = 0.6
reader, writer = os.pipe()

def feed():
    while True: time.sleep(0.001)

def work():
    {call}
    time.sleep(0)

threading.Thread(target=feed, daemon=True).start()
time.sleep(0.02)
for _ in range(2): work()
"""


@pytest.mark.parametrize(
    ("call", "is_told"),
    [
        ("originals.sleep(1.5)", True),
        ("hashlib = __import__('hashlib'); hashlib.sha3_256().update(bytes(1 << 28))", False),
    ],
)
def test_call_that_waits_for_long_is_told_what_to_try(ocoro, interpreter, call, is_told):
    """Once; not of one that computes, which has an end."""
    options = ["--report=line", "--no-record", "--rescue=off", "-c", ENDLESS.format(call=call)]
    done = ocoro(*options, interpreter=interpreter)
    told, report = done.err.split("ocoro: wall ")
    first, *second = told.splitlines()
    assert first.startswith("ocoro: stall: MainThread holds the thread, since ")
    assert len(second) == is_told
    for line in second:
        assert re.match(r"ocoro: stall: MainThread still holds the thread, for [\d.]+ s, in <string>:11 work: ", line)
        assert "try --offload MODULE.FUNCTION" in line
    assert counted(report) == [("2", "<string>:11 work")]


def test_line_names_the_programs_own_code_too(stalls):
    code = """
        import contextlib
        over = others(1)
        with contextlib.ExitStack() as stack:
            stack.callback(originals.sleep, 0.2)
        over.set()
    """
    (told,) = stalls(code)
    assert re.fullmatch(r".*contextlib\.py:\d+ .*, called by <string>:\d+ <module>", told["where"])


@pytest.mark.parametrize(
    "wait",
    [
        "until = time.monotonic() + 0.4\n        while time.monotonic() < until: pass",  # is preempted
        "time.sleep(0.4)",
        "threading.Event().wait(0.4)",
        "a.settimeout(0.4)\n        try: a.recv(1)\n        except TimeoutError: pass",
    ],
)
def test_computing_and_waiting_are_no_stalls(stalls, wait):
    code = f"""
        a, b = socket.socketpair()
        over = others(1)
        {wait}
        over.set()
    """
    assert stalls(code) == []


@pytest.mark.parametrize("options", [["--no-preempt"], ["--slice=60000"]])
def test_computing_without_preemption_is_no_stall(stalls, options):
    code = """
        over = others(1)
        until = time.monotonic() + 0.4
        while time.monotonic() < until: pass
        over.set()
    """
    assert stalls(code, *options) == []
    assert len(stalls(code.replace("while time", "originals.sleep(0.4)\n        while time"), *options)) == 1


@pytest.mark.parametrize(
    ("ready", "count"),
    [
        ("threading.Event().wait(60)", 0),
        ("time.sleep(0.01)", 1),  # due
        ("a.recv(1)", 1),  # its fd is ready, as a real thread sees to
        ("b.recv(1)", 0),
    ],
)
def test_stall_matters_if_others_are_held_up(stalls, ready, count):
    code = f"""
        a, b = socket.socketpair()
        threading.Thread(target=lambda: {ready}, daemon=True).start()
        def write():
            originals.sleep(0.02)
            originals.write(b.fileno(), b"x")
        originals.start_new_thread(write, ())
        originals.sleep(0.3)
    """
    assert [stall["count"] for stall in stalls(code)] == ["1"] * count


@pytest.mark.parametrize("options", [["--stall=0"], ["--stall=5000"]])
def test_limit_is_what_was_asked_for(stalls, options):
    code = """
        over = others(1)
        originals.sleep(0.3)
        over.set()
    """
    assert stalls(code, *options) == []


def test_short_limit_finds_short_stalls(stalls):
    code = """
        over = others(1)
        originals.sleep(0.08)
        over.set()
    """
    assert len(stalls(code, "--stall=20")) == 1


def test_quiet_run_tells_nothing(ocoro):
    code = BEGIN + "over = others(1); originals.sleep(0.3); over.set(); print('over')"
    done = ocoro("--quiet", "--no-record", "-c", code)
    assert (done.out, done.err, done.status) == ("over\n", "", 0)


def test_stopped_process_is_no_stall(interpreter):
    code = BEGIN + (
        "over = others(1)\nprint('ready', flush=True)\nuntil = time.process_time() + 0.5\n"
        "while time.process_time() < until: pass\nover.set()"
    )
    command = [interpreter.path, "-P", "-m", "ocoro", "run", "--report=line", "--no-record", "--rescue=off", "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "ready\n"
        for _ in range(3):
            process.send_signal(signal.SIGSTOP)
            os.waitid(os.P_PID, process.pid, os.WSTOPPED)
            time.sleep(0.3)  # longer than the limit
            process.send_signal(signal.SIGCONT)
        err = process.stderr.read()
    assert err.startswith("ocoro: wall ")
    assert process.returncode == 0


def test_forked_child_says_who_it_is(ocoro, interpreter):
    code = BEGIN + dedent("""
        if not os.fork():
            over = others(1)
            originals.sleep(0.3)
            over.set()
            os._exit(0)
        os.wait()
        print(os.getpid())
    """)
    done = ocoro("--report=line", "--no-record", "--rescue=off", "-c", code, interpreter=interpreter)
    child = re.match(r"ocoro\[(\d+)\]: stall: ", done.err)
    assert child
    assert child[1] != done.out.strip()


def test_nothing_is_told_where_stderr_was(ocoro, tmp_path):
    """The number 2 stands for a file of the program's."""
    code = BEGIN + dedent("""
        os.close(2)
        file = open("own", "w")
        over = others(1)
        originals.sleep(0.3)
        over.set()
        print(file.fileno())
    """)
    done = ocoro("--report=line", "--no-record", "--rescue=off", "-c", code, cwd=tmp_path)
    assert (done.out, done.err, (tmp_path / "own").read_text()) == ("2\n", "", "")


def test_full_pipe_that_nobody_reads_ends_no_preemption(ocoro, interpreter):
    """The monitor could not go on, had it to wait until its line can be written."""
    code = BEGIN + dedent("""
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        try:
            while os.write(writer, bytes(4096)): pass
        except BlockingIOError:
            os.set_blocking(writer, True)
        if not os.fork():
            os.dup2(writer, 2)
            launch = [sys.executable, "-P", "-m", "ocoro", "run", "--report=line", "--no-record", "--rescue=off"]
            os.execv(sys.executable, [*launch, "-c", BEGIN + STALL])
        os.wait()
    """)
    stall = dedent("""
        over, done = others(1), []
        originals.sleep(0.3)
        threading.Thread(target=lambda: (time.sleep(0.001), done.append(True))).start()
        while not done: pass
        print("preempted", flush=True)
        os._exit(0)
    """)
    code = f"import sys; BEGIN, STALL = {BEGIN!r}, {stall!r}\n{code}"
    done = ocoro("--quiet", "--no-record", "-c", code, interpreter=interpreter, limit=20)
    assert (done.out, done.err, done.status) == ("preempted\n", "", 0)
