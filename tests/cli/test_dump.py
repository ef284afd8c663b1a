"""`ocoro dump`: every coroutine with its whole stack, whatever has the thread: the hub, Python code, or C code.

What else is of the kind: a program of one thread (there is no monitor), one that closed all its fds, one that is
stopped, a child of a fork, one that is not recorded, and names that would upset a terminal.
"""

import inspect
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from textwrap import dedent
from types import CodeType

import pytest

from ocoro.cli.dumped import asked, inside, memory
from ocoro.cli.dumped.model import DumpError
from ocoro.runtime import answer

LIMIT = 30.0  # seconds
DEEP = 100  # more than a notice of all coroutines shows

PROGRAM = f"""\
import ctypes, os, sys, threading, time
lock = threading.RLock()
reader, writer = os.pipe()  # never written to but by the test's order

def nap(count):
    if count:
        nap(count - 1)
    else:
        time.sleep(1000)

def produce():
    yield nap({DEEP})

class Holder:
    def hold(self):
        with lock:
            list(produce())

    def want(self):
        with lock:
            pass

def spin(path):
    while not os.path.exists(path):
        pass

def read(library):
    buffer = ctypes.create_string_buffer(1)
    while library.read(0, buffer, 1) != 1:
        pass

holder = Holder()
for name, function in (("hold\\x1b[31m", holder.hold), ("want", holder.want)):
    threading.Thread(target=function, name=name, daemon=True).start()
time.sleep(0.05)
for line in iter(lambda: os.read(0, 1), b""):
    print(line.decode(), flush=True)
    if line == b"s":
        spin("stop")
    elif line == b"c":
        read(ctypes.CDLL(None))
    elif line == b"g":
        read(ctypes.PyDLL(None))
"""


@pytest.fixture
def environment(tmp_path):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OCORO_", "XDG_"))}
    return kept | {"OCORO_DIR": str(tmp_path / "runs")}


@pytest.fixture
def started(default_interpreter, environment, tmp_path):
    """`started(code)`: a program under ocoro, with pipes to its standard streams."""
    processes = []

    def started(code, *options, interpreter=default_interpreter, env=None):
        path = tmp_path / "program.py"
        path.write_text(dedent(code))
        command = [interpreter.path, "-P", "-m", "ocoro", "run", "--quiet", *options, "-u", str(path)]
        pipe = subprocess.PIPE
        process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, env=environment | (env or {}), cwd=tmp_path, bufsize=0
        )
        processes.append(process)
        return process

    yield started
    for process in processes:
        process.kill()
        process.wait(LIMIT)
        process.stdin.close()
        process.stdout.close()


@pytest.fixture
def dump(environment, tmp_path):
    """`dump(name)`: how `ocoro dump` ends, in the interpreter of the tests."""

    def dump(*arguments):
        command = [sys.executable, "-P", "-m", "ocoro", "dump", *map(str, arguments)]
        return subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=LIMIT)

    return dump


def order(process, letter):
    """Have the program do something, and wait until it says so."""
    process.stdin.write(letter)
    assert process.stdout.readline() == letter + b"\n"


def document(done):
    assert done.returncode == 0, done
    return json.loads(done.stdout)


def functions(coroutine):
    return [frame["function"] for frame in coroutine["stack"]]


def check_others(coroutines):
    """Who waits, the same whatever the main one does."""
    _, holder, wanting = coroutines
    assert [each["number"] for each in coroutines] == [1, 2, 3]
    assert (holder["name"], holder["state"], holder["call"]) == ("hold\x1b[31m", "waiting", "sleep")
    assert functions(holder)[: DEEP + 3] == ["nap"] * (DEEP + 1) + ["produce", "Holder.hold"]
    lines = [frame["line"] for frame in holder["stack"][: DEEP + 3]]
    assert lines == [9] + [7] * DEEP + [12, 17]
    assert (wanting["name"], wanting["state"], wanting["call"]) == ("want", "waiting", "lock")
    assert (functions(wanting)[0], wanting["stack"][0]["line"]) == ("Holder.want", 20)
    assert all(each["whole"] and each["age_ns"] >= each["for_ns"] > 0 for each in coroutines[1:])
    assert "ocoro" not in {part for each in coroutines for frame in each["stack"] for part in frame["file"].split("/")}


@pytest.mark.parametrize("pure", ["", "1"], ids=["c", "pure"])
def test_whole_stacks_whatever_has_the_thread(started, dump, interpreter, pure, tmp_path):
    process = started(PROGRAM, interpreter=interpreter, env={"OCORO_PURE_PYTHON": pure} if pure else {})
    order(process, b"x")
    idle = document(dump("--json", process.pid))
    assert (idle["source"], idle["pid"], idle["program"]) == ("program", process.pid, "program.py")
    check_others(idle["coroutines"])
    main, _, wanting = idle["coroutines"]
    assert (main["state"], main["call"], functions(main)) == ("waiting", "read", ["<lambda>", "<module>"])
    assert (wanting["lock"], wanting["holder"]) == ("RLock", 2)

    for letter, function, source in ((b"s", "spin", "program"), (b"c", "read", "program"), (b"g", "read", "memory")):
        order(process, letter)
        if letter == b"g":
            wait_for_read(process.pid)
        busy = document(dump("--json", process.pid))
        assert busy["source"] == source
        check_others(busy["coroutines"])
        main = busy["coroutines"][0]
        assert (main["state"], main["name"], main["call"]) == ("running", "MainThread", None)
        assert functions(main)[-2:] == [function, "<module>"]
        if letter == b"s":
            (tmp_path / "stop").touch()
        else:
            process.stdin.write(b"\n")


def wait_for_read(pid):
    """Until the process is in the C function, which keeps the interpreter's lock."""
    until = time.monotonic() + LIMIT
    while time.monotonic() < until:
        with open(f"/proc/{pid}/stat") as file:
            if file.read().rpartition(")")[2].split()[0] == "S":
                return
        time.sleep(0.01)


def test_text_is_for_people_and_terminals(started, dump):
    process = started(PROGRAM)
    order(process, b"x")
    done = dump(process.pid)
    assert (done.returncode, done.stderr) == (0, "")
    head, *lines = done.stdout.splitlines()
    assert head.startswith(f"program.py, pid {process.pid}, Python 3.")
    assert head.endswith(": 3 coroutines, as it says itself")
    headings = [line for line in lines if not line.startswith("    ")]
    assert headings[0].startswith("coroutine 1 MainThread: waiting in read for ")
    assert r"coroutine 2 hold\x1b[31m: waiting in sleep for " in headings[1]
    assert ", for RLock held by 2 hold" in headings[2]
    assert "\x1b" not in done.stdout
    assert sum(line.endswith(":7 nap") for line in lines) == DEEP


def test_without_a_name_it_is_the_run_that_goes_on(started, dump):
    process = started(PROGRAM)
    order(process, b"x")
    assert document(dump("--json"))["pid"] == process.pid


@pytest.mark.parametrize("what", ["sleep", "compute"])
def test_program_of_one_thread_is_asked_too(started, dump, what):
    code = """\
    import sys, time

    def compute():
        while True:
            pass

    print("x", flush=True)
    compute() if sys.argv[1:] == ["compute"] else time.sleep(1000)
    """
    process = started(code.replace('sys.argv[1:] == ["compute"]', str(what == "compute")))
    assert process.stdout.readline() == b"x\n"
    for _ in range(2):
        (main,) = document(dump("--json", process.pid))["coroutines"]
        assert functions(main) == (["compute", "<module>"] if what == "compute" else ["<module>"])
        assert main["for_ns"] <= main["age_ns"]
    assert process.poll() is None


def test_program_that_closed_all_fds_is_asked(started, dump):
    code = """\
    import os, threading, time
    os.closerange(3, 4096)
    threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
    time.sleep(0.05)
    print("x", flush=True)
    time.sleep(1000)
    """
    process = started(code)
    assert process.stdout.readline() == b"x\n"
    found = document(dump("--json", process.pid))
    assert (found["source"], len(found["coroutines"])) == ("program", 2)


def test_stopped_program_is_read(started, dump):
    process = started(PROGRAM)
    order(process, b"x")
    os.kill(process.pid, signal.SIGSTOP)
    done = dump("--json", process.pid)
    found = document(done)
    assert found["source"] == "memory"
    assert done.stderr.startswith("note: it does not answer")
    check_others(found["coroutines"])
    os.kill(process.pid, signal.SIGCONT)
    order(process, b"y")
    assert document(dump("--json", process.pid))["source"] == "program"


def test_child_of_a_fork_is_asked(started, dump):
    code = """\
    import os, threading, time

    def nap():
        time.sleep(1000)

    child = os.fork()
    if not child:
        threading.Thread(target=nap, daemon=True).start()
        time.sleep(0.05)
        print(os.getpid(), flush=True)
        time.sleep(1000)
    os.waitpid(child, 0)
    """
    process = started(code)
    child = int(process.stdout.readline())
    try:
        found = document(dump("--json", child))
        assert (found["pid"], found["source"]) == (child, "program")
        assert [functions(each)[0] for each in found["coroutines"]] == ["<module>", "nap"]
    finally:
        os.kill(child, signal.SIGKILL)


def test_nothing_is_left_beside_the_recording(started, dump, tmp_path):
    process = started(PROGRAM)
    order(process, b"x")
    document(dump("--json", process.pid))
    assert [name for name in os.listdir(tmp_path / "runs") if not name.endswith(".ocoro")] == ["last"]


def test_run_that_is_not_recorded_says_why(started, dump):
    process = started('print("x", flush=True)\ninput()', "--no-record")
    assert process.stdout.readline() == b"x\n"
    done = dump(process.pid)
    assert (done.returncode, done.stdout) == (2, "")
    error, cause, hint = done.stderr.splitlines()
    assert error == f"error: process {process.pid} is not recorded, so nothing leads to its coroutines"
    assert "--no-record" in cause
    assert hint.startswith("hint: ")


def test_run_that_has_ended_says_so(ocoro, dump, environment, tmp_path):
    assert ocoro("--quiet", "-c", "pass", env=environment, cwd=tmp_path).status == 0
    done = dump("last")
    assert done.returncode == 2
    assert done.stderr.startswith("error: command does not run any more\n")


def test_no_such_process_is_as_for_other_commands(ocoro, dump, environment, tmp_path):
    assert ocoro("--quiet", "-c", "pass", env=environment, cwd=tmp_path).status == 0
    assert dump("nobody").stderr.startswith("error: there is no run 'nobody'\n")


def test_recording_of_somebody_else_is_not_followed(started, dump, tmp_path):
    """The process id in a file is a number that anybody can have written."""
    process = started(PROGRAM)
    order(process, b"x")
    (recording,) = (tmp_path / "runs").glob("*.ocoro")
    copy = tmp_path / "copy.ocoro"
    copy.write_bytes(recording.read_bytes())
    done = dump("--json", copy)
    found = document(done)
    assert found["source"] == "recording"
    assert done.stderr == f"note: process {process.pid} does not record into this file\n"
    assert [each["number"] for each in found["coroutines"]] == [1, 2, 3]
    assert not any(each["whole"] for each in found["coroutines"])


def test_memory_that_may_not_be_read_is_said(started, monkeypatch, capsys, environment, tmp_path):
    from ocoro.cli import dump as command

    process = started(PROGRAM)
    order(process, b"x")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    refused = DumpError(memory.PERMISSION)

    def refuse(*arguments):
        raise refused

    monkeypatch.setattr(asked, "ask", refuse)
    monkeypatch.setattr(memory.Memory, "word", refuse)
    assert command.main([str(process.pid)]) == 0
    out, err = capsys.readouterr()
    assert err == f"note: {memory.PERMISSION}\n" * 2
    assert "3 coroutines, as its recording says, without stacks" in out
    assert "coroutine 3 want: waiting in lock for " in out


@pytest.mark.parametrize("text", ["", "\t\n", "\\t\\n\\\\", "end\nend", "frame\ta", "\r\x85\u2028", "\U0001f600"])
def test_any_text_survives_the_answer(tmp_path, text):
    path = tmp_path / "answer"
    fields = ["1", "2.0", "3.0", "", "", "", *map(answer._escaped, (text, "ready", text, text))]
    lines = "\t".join(("coroutine", *fields)), f"frame\t{answer._escaped(text)}\t7\t{answer._escaped(text)}", "end", ""
    path.write_bytes("\n".join(lines).encode())
    with path.open("rb") as file:
        (shown,) = asked._read(file.fileno())
    assert (shown.name, shown.call, shown.lock, shown.frames) == (text, text, text, [(text, 7, text)])


@pytest.mark.parametrize("damage", [b"", b"answer\ncoroutine\t1\n", b"answer\nframe\ta\tb\tc\n" * 2, b"\xff\n"])
def test_answer_that_is_cut_off_or_damaged_is_none(tmp_path, damage):
    path = tmp_path / "answer"
    path.write_bytes(damage)
    with path.open("rb") as file, pytest.raises((DumpError, ValueError)):
        asked._read(file.fileno())


@pytest.mark.parametrize("pure", ["", "1"], ids=["c", "pure"])
def test_what_a_real_thread_does_for_a_coroutine_is_its_own(started, dump, pure, tmp_path):
    (tmp_path / "library.py").write_text("import os\n\ndef wait(fd):\n    os.read(fd, 1)\n")
    code = """
    import library, os, threading, time

    def work():
        library.wait(os.pipe()[0])

    threading.Thread(target=work, daemon=True).start()
    time.sleep(0.05)
    print("x", flush=True)
    time.sleep(1000)
    """
    process = started(code, "--offload=library.wait", env={"OCORO_PURE_PYTHON": pure} if pure else {})
    assert process.stdout.readline() == b"x\n"
    worker = document(dump("--json", process.pid))["coroutines"][1]
    assert (functions(worker)[:2], worker["state"]) == (["wait", "work"], "waiting")


@pytest.mark.parametrize("module", [json.decoder, asked, textwrap])
def test_lines_are_those_that_the_interpreter_tells(module):
    """Of every instruction of whole modules."""
    codes = [compile(inspect.getsource(module), "module", "exec")]
    for code in codes:
        codes += [each for each in code.co_consts if isinstance(each, CodeType)]
        told = {at: line or 0 for begin, end, line in code.co_lines() for at in range(begin, end, 2)}
        pieces = inside._lines(code.co_linetable, code.co_firstlineno)
        assert {at: line for begin, end, line in pieces for at in range(begin, end, 2)} == told
    assert len(codes) > 5
