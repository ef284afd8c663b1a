"""A call without a hook that waits in the kernel does not hold up the others for ever, and nothing is harmed."""

import ctypes
import os
import re
import threading
from itertools import pairwise
from pathlib import Path
from textwrap import dedent

import pytest

from ocoro.runtime import rescue

BEGIN = """
import _multiprocessing, ctypes, fcntl, os, select, signal, socket, sys, tempfile, threading, time, zlib
from ocoro.runtime import originals
from ocoro.runtime.instance import scheduler

def soon(function):
    "Have another coroutine call it after a while, in which it needs several turns."
    def run():
        for _ in range(3): time.sleep(0.001)
        function()
    threading.Thread(target=run).start()

def later(function):
    "Have a real thread call it, while another coroutine could run all the time."
    over = threading.Event()
    def tick():
        while not over.wait(0.001): pass
    threading.Thread(target=tick).start()
    time.sleep(0.02)
    def run():
        originals.sleep(0.3)
        function()
        over.set()
    originals.start_new_thread(run, ())

def child(code):
    pid = os.fork()
    if not pid:
        exec(code)
        os._exit(7)
    return pid

def rescues(): return sum(scheduler.recorder.rescues.values())

folder = tempfile.mkdtemp()
mine, other = (open(folder + "/lock", "w") for _ in range(2))
reader, writer = os.pipe()
native = originals.allocate_lock()
native.acquire()
semaphore = _multiprocessing.SemLock(1, 0, 1, f"/ocoro-test-{os.getpid()}", True)
a, b = socket.socketpair()
fifo = folder + "/fifo"
os.mkfifo(fifo)
"""
RESCUED = {
    "flock": "fcntl.flock(mine, fcntl.LOCK_EX); soon(mine.close); print(fcntl.flock(other, fcntl.LOCK_EX))",
    "native_lock": "soon(native.release); print(native.acquire())",
    "native_lock_with_limit": "soon(native.release); print(native.acquire(timeout=60))",
    "semaphore": "soon(semaphore.release); print(semaphore.acquire())",
    "open_fifo": "soon(lambda: os.close(os.open(fifo, os.O_RDWR | os.O_NONBLOCK)) or os.open(fifo, os.O_RDWR));"
    " print(os.open(fifo, os.O_RDONLY) > 2)",
    "wait4": "pid = child('originals.read(reader, 1)'); soon(lambda: os.write(writer, b'x'));"
    " print(os.waitid(os.P_PID, pid, os.WEXITED).si_status)",
    "select": "soon(lambda: originals.write(writer, b'x')); print(originals.select([reader], [], [])[0] == [reader])",
    "sleep": "soon(lambda: print('first')); originals.sleep(0.3); print('woken')",
    "readv": "soon(lambda: originals.write(writer, b'x')); print(os.readv(reader, [bytearray(9)]))",
}
HARMED = {
    "library": "later(lambda: 0); libc = ctypes.CDLL(None, use_errno=True);"
    " print(libc.usleep(300_000), libc.poll(None, 0, 300), ctypes.get_errno())",
    "eventfd_read": "fd = os.eventfd(0); later(lambda: originals.write(fd, (3).to_bytes(8, sys.byteorder)));"
    " print(os.eventfd_read(fd))",
    "pause": "signal.signal(signal.SIGUSR1, lambda *_: print('handler'));"
    " later(lambda: originals.pthread_kill(scheduler.home, signal.SIGUSR1)); signal.pause(); print('paused')",
    "file": "later(lambda: originals.write(writer, b'line\\n')); print(open(reader, 'rb').readline())",
    "lockf": "pid = child('fcntl.lockf(mine, fcntl.LOCK_EX); originals.write(writer, bytes(1)); originals.sleep(0.5)');"
    " originals.read(reader, 1); later(lambda: 0); print(os.lockf(other.fileno(), os.F_LOCK, 0))",
    "unix_connect": "s = socket.socket(socket.AF_UNIX); s.bind(folder + '/s'); s.listen(0);"
    " socket.socket(socket.AF_UNIX).connect(folder + '/s'); later(lambda: originals.write(writer, bytes(1)));"
    " originals.start_new_thread(lambda: (originals.read(reader, 1), s.accept()), ());"
    " print(socket.socket(socket.AF_UNIX).connect(folder + '/s'))",
    "system": "later(lambda: 0); print(os.system('sleep 0.3'))",
    "computing": "later(lambda: 0); print(len(zlib.compress(bytes(1 << 26))) > 9)",
    "blocked": "signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals()); later(native.release);"
    " print(native.acquire(), signal.sigpending())",
    "nobody_ready": "later = lambda f: originals.start_new_thread(lambda: (originals.sleep(0.2), f()), ());"
    " threading.Thread(target=time.sleep, args=(0.5,)).start(); later(native.release); print(native.acquire())",
}

UNHOOKED = ("posix.open", "posix.readv", "posix.waitid", "posix.system", "posix.lockf", "posix.eventfd_read")
UNHOOKED += ("fcntl.flock", "_signal.pause", "_io", "builtins", "zlib")
WITHOUT = ["--quiet", *(f"--no-hook={name}" for name in UNHOOKED)]


@pytest.fixture
def lines(ocoro, interpreter, tmp_path):
    """`lines(code)`: what the program prints; it must end well."""

    def lines(code, *options, err=""):
        options = [*(options or ["--quiet"]), "--no-record"]
        done = ocoro(*options, "-c", BEGIN + dedent(code), interpreter=interpreter, cwd=tmp_path, limit=20)
        assert (re.sub("^ocoro: wall .*\n", "", done.err, flags=re.MULTILINE), done.status) == (err, 0), done
        return done.out.splitlines()

    return lines


@pytest.mark.parametrize("call", RESCUED)
def test_another_coroutine_ends_the_wait(lines, call):
    printed = lines(f"{RESCUED[call]}\nprint(rescues() > 0)", *WITHOUT)
    assert printed[-1] == "True"
    assert len(printed) == (3 if call == "sleep" else 2)
    assert printed[0] in ("None", "True", "first", "7", "1")


@pytest.mark.parametrize("call", HARMED)
def test_what_would_be_harmed_is_left_alone(lines, call):
    results = {
        "library": ["0 0 0"],
        "eventfd_read": ["3"],
        "pause": ["handler", "paused"],
        "file": ["b'line\\n'"],
        "lockf": ["None"],
        "unix_connect": ["None"],
        "system": ["0"],
        "computing": ["True"],
        "blocked": ["True set()"],
        "nobody_ready": ["True"],
    }
    assert lines(f"{HARMED[call]}\nprint(rescues())", *WITHOUT) == [*results[call], "0"]


def test_several_at_once(lines):
    code = """
        locks = [originals.allocate_lock() for _ in range(5)]
        for lock in locks: lock.acquire()
        got = []
        def take(lock):
            lock.acquire()
            got.append(locks.index(lock))
        threads = [threading.Thread(target=take, args=(lock,)) for lock in locks]
        for thread in threads: thread.start()
        time.sleep(0)
        for lock in reversed(locks):
            lock.release()
            while locks.index(lock) not in got: time.sleep(0)
        print(got)
    """
    assert lines(code) == ["[4, 3, 2, 1, 0]"]


@pytest.mark.parametrize("option", ["--rescue=off", "--no-preempt"])
def test_can_be_switched_off(lines, option):
    code = """
        import _thread
        done = []
        _thread.start_new_thread(done.append, ("other",))
        originals.start_new_thread(lambda: (originals.sleep(0.2), done.append("call"), native.release()), ())
        native.acquire()
        time.sleep(0.01)
        print(done)
    """
    assert lines(code, "--quiet", option) == ["['call', 'other']"]


def test_place_is_reported_as_one_without_a_hook(lines):
    code = """
        def work():
            native.acquire()
        originals.start_new_thread(lambda: 0, ())
        soon(native.release)
        work()
        (place, count), = scheduler.recorder.rescues.items()
        print(count)
        scheduler.recorder.rescues[place] = 1234
    """
    line = len(BEGIN.splitlines()) + 3
    told = f"ocoro: no hook for the call at <string>:{line} work: it held up others and was interrupted 1,234 times\n"
    assert int(lines(code, "--report=line", err=told)[0]) >= 1


def test_places_are_recorded(ocoro, interpreter, tmp_path):
    code = BEGIN + "soon(native.release)\nnative.acquire()\n"
    ocoro("--quiet", "--output=run.ocoro", "-c", code, interpreter=interpreter, cwd=tmp_path)
    from ocoro.cli.recorded.reader import read

    (rescued,) = [each for each in read(str(tmp_path / "run.ocoro")).aggregates if each.site.call == "rescued"]
    assert (rescued.site.line, rescued.calls > 0) == (len(BEGIN.splitlines()) + 2, True)


def test_signal_looks_unused_and_may_be_used(lines):
    code = """
        print(signal.getsignal(62) is signal.SIG_DFL)
        print(signal.signal(62, lambda number, frame: print(number)) is signal.SIG_DFL)
        os.kill(os.getpid(), 62)
        soon(native.release)
        native.acquire()
        print(rescues() > 0)
    """
    assert lines(code) == ["True", "True", "62", "True"]


def test_signal_of_that_number_has_its_default(ocoro, interpreter):
    code = "import os; os.kill(os.getpid(), 62); print('not killed')"
    assert ocoro("--quiet", "--no-record", "-c", code, interpreter=interpreter).status == -62


@pytest.mark.skipif(not rescue.is_possible(), reason="for x86-64 only")
def test_old_words_on_the_stack_are_no_callers():
    """A mutex that was unlocked there a moment ago leaves an address of the C library behind."""
    library = next((begin, end, file) for begin, end, file in rescue._code() if "libc.so" in file)
    text = ctypes.string_at(library[0], library[1] - library[0])
    at = next(at for at in range(len(text) - 5) if text[at] == 0xE8 and 0 <= _target(text, at) < len(text) - 64)
    returns_to, function = library[0] + at + 5, library[0] + _target(text, at)
    python = next(begin for begin, _, file in rescue._code() if rescue._is_interpreter(file))
    stack = (ctypes.c_uint64 * rescue._WORDS)(7, returns_to, python)
    elsewhere = function + 4096 if function + 4096 < library[1] else function - 64
    for counter, expected in ((elsewhere, 1), (function + 40, 2), (0, 1)):
        assert len(rescue._callers(ctypes.addressof(stack), counter)) == expected


@pytest.mark.skipif(not rescue.is_possible(), reason="for x86-64 only")
def test_interpreter_makes_its_calls_itself(monkeypatch):
    """Whatever functions the C library of this machine has between a wrapper and the system call."""
    reader, writer = os.pipe()
    begun = threading.Event()
    thread = threading.Thread(target=lambda: begun.set() or os.read(reader, 1))
    thread.start()
    begun.wait()
    call = []
    while len(call) != 9 or call[0] != b"0":  # until it is in read(2)
        call = Path(f"/proc/self/task/{thread.native_id}/syscall").read_bytes().split()
    monkeypatch.setattr(rescue, "_helpers", None)  # with one thread alone the C library goes a shorter way
    callers = rescue._callers(int(call[7], 16), int(call[8], 16))
    os.write(writer, b"x")
    thread.join()
    os.close(reader)
    os.close(writer)
    assert callers
    assert all(map(rescue._is_interpreter, callers))


@pytest.mark.skipif(not rescue.is_possible(), reason="for x86-64 only")
@pytest.mark.parametrize(
    ("chain", "expected"),
    [
        (["wrapper"], 0),
        (["inner", "wrapper"], 0),
        (["inner", "outer", "wrapper"], 0),
        (["inner", "wrapper", "system"], 1),
        (["inner", "outer", "wrapper", "system"], 1),
        (["wrapper", "system"], 1),
    ],
)
def test_functions_common_to_all_system_calls_are_no_callers(monkeypatch, chain, expected):
    """Those of newer C libraries; who calls the wrapper behind them is one."""
    starts = {"wrapper": 0, "inner": 4096, "outer": 8192, "system": 12288}
    text = bytearray(16384)
    memory = (ctypes.c_char * len(text)).from_buffer(text)
    library = ctypes.addressof(memory)
    counter = library + starts[chain[0]] + 16
    words = [7]
    for called, caller in pairwise(chain):
        returns_to = starts[caller] + 64
        distance = starts[called] - returns_to
        text[returns_to - 5 : returns_to] = b"\xe8" + distance.to_bytes(4, "little", signed=True)
        words.append(library + returns_to)
    code = list(rescue._code())
    python = next(begin for begin, _, file in code if rescue._is_interpreter(file))
    monkeypatch.setattr(rescue, "_code", lambda: [*code, (library, library + len(text), "/lib/libc.so.6")])
    monkeypatch.setattr(rescue, "_helpers", (frozenset(library + starts[name] for name in ("inner", "outer")), 8))
    stack = (ctypes.c_uint64 * (rescue._WORDS + 8))(*words, python)
    callers = rescue._callers(ctypes.addressof(stack), counter)
    assert [rescue._is_interpreter(each) for each in callers] == [False] * expected + [True]


def _target(text, at):
    return at + 5 + int.from_bytes(text[at + 1 : at + 5], "little", signed=True)
