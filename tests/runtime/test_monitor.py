"""Who computes for too long is preempted, wherever the interpreter runs Python code of the program."""

import re

import pytest
from process import run

SPIN = {
    "main": "spin()",
    "thread": "spinner = Thread(target=spin); spinner.start(); spinner.join()",
    "sort_key": "[1, 2, 3].sort(key=spin)",
    "regular_expression": "re.sub('.', spin, 'a')",
    "destructor": "Spins()",
    "generator": "next(spins())",
    "comprehension": "[spin(each) for each in 'a']",
    "json_hook": "json.loads('{}', object_hook=spin)",
    "logging": "logger = logging.Logger('x'); logger.addFilter(lambda record: spin()); logger.error('')",
    "context_manager": "with lock, Spins(): pass",
    "exception_handler": "try: 1 / 0\nexcept ZeroDivisionError: spin(); caught = sys.exc_info()[0]; assert caught",
    "import": "import spinning",
}
PROGRAM = """
import json, logging, re, sys, time
from threading import Lock, Thread

done, lock = [], Lock()

def spin(item=None):
    while not done: pass
    return ""

class Spins:
    def __del__(self): spin()
    def __enter__(self): spin()
    def __exit__(self, *error): spin()

def spins():
    yield spin()

Thread(target=lambda: (time.sleep(0.001), done.append(True))).start()
{spin}
print("spun")
from ocoro.runtime.instance import scheduler
scheduler.recorder.summary()
print(scheduler.recorder.tally("preempted").waits > 0)
"""


@pytest.mark.parametrize("spin", SPIN)
def test_spinning_code_is_preempted(ocoro, interpreter, tmp_path, spin):
    (tmp_path / "spinning.py").write_text("import __main__\nwhile not __main__.done: pass\n")
    done = ocoro("--quiet", "-c", PROGRAM.format(spin=SPIN[spin]), interpreter=interpreter, cwd=tmp_path)
    assert (done.out.splitlines(), done.err, done.status) == (["spun", "True"], "", 0)


DOZING = """
import _thread, os, signal, threading, time
from ocoro.runtime import monitor, originals
from ocoro.runtime.instance import scheduler

monitor._DOZE = 1000.0
gone_on, event, (reader, writer) = [], threading.Event(), os.pipe()

def go_on_after(wait, *args):
    def run():
        wait(*args)
        gone_on.append(True)
    threading.Thread(target=run, daemon=True).start()
    time.sleep(0.01)

def compute():
    while not scheduler.dozing: pass

{before}
compute()
{wakes}
while not gone_on: pass
print("gone on")
"""
WAKES = {
    "event": ("go_on_after(event.wait)", "event.set()"),
    "timer": ("go_on_after(time.sleep, 0.1)", ""),
    "new timer": ("go_on_after(event.wait)", "threading.Timer(0.1, event.set).start()"),
    "pipe": ("go_on_after(os.read, reader, 1)", "os.write(writer, b'x')"),
    "new thread": ("go_on_after(event.wait)", "threading.Thread(target=event.set).start()"),
    "real thread": (
        "go_on_after(event.wait)",
        "originals.start_new_thread(lambda: (originals.sleep(0.1), event.set()), ())",
    ),
    "signal": (
        "signal.signal(signal.SIGUSR1, lambda *_: event.set()); go_on_after(event.wait)",
        "os.kill(os.getpid(), signal.SIGUSR1)",
    ),
    "who is cancelled": (
        "import ocoro\ncoroutine = ocoro.spawn(event.wait)\ngo_on_after(coroutine.join)",
        "coroutine.cancel()",
    ),
    "who goes on himself": (  # another computes now, for whom the monitor has to see our timer
        "threading.Thread(target=lambda: os.read(reader, 1) and [None for _ in iter(gone_on.__len__, 1)]).start()\n"
        "time.sleep(0.01)",
        "os.write(writer, b'x'); time.sleep(0.1); gone_on.append(True)",
    ),
}


@pytest.mark.parametrize("wakes", WAKES)
def test_monitor_dozes_beside_who_computes_alone(says, wakes):
    """And is woken as soon as somebody else could run; it would doze for longer than the program may take."""
    before, action = WAKES[wakes]
    assert says(DOZING.format(before=before, wakes=action)) == ["gone on"]


def test_monitor_is_woken_for_those_whom_one_poll_takes(says):
    """That poll takes what would wake the monitor, too; ten times, as it is a matter of who is faster."""
    code = """
        import os, threading, time
        from ocoro.runtime import monitor
        from ocoro.runtime.instance import scheduler
        monitor._DOZE = 1000.0
        def compete(reader):
            os.read(reader, 1)
            gone.append(True)
            while len(gone) < 2: pass
            ended.release()
        ended = threading.Semaphore(0)
        for _ in range(10):
            gone, pipes = [], [os.pipe(), os.pipe()]
            for reader, _ in pipes: threading.Thread(target=compete, args=(reader,)).start()
            time.sleep(0.01)
            while not scheduler.dozing: pass
            for _, writer in pipes: os.write(writer, b"x")
            for _ in pipes: ended.acquire()
        print("gone on")
    """
    assert says(code) == ["gone on"]


def test_monitor_rests_only_while_the_hub_sleeps(says):
    """The hub goes on just after the monitor has seen it asleep, and does not come back: somebody computes."""
    code = """
        import threading, time
        from ocoro.runtime import monitor, originals
        monitor.Blocked.end = lambda self: originals.sleep(0.05)
        gone_on = []
        threading.Thread(target=lambda: (time.sleep(0.1), gone_on.append(True))).start()
        time.sleep(0.03)
        while not gone_on: pass
        print("gone on")
    """
    assert says(code) == ["gone on"]


def test_fast_switching_needs_no_preemption(says):
    code = """
        import threading, time
        for _ in range(10):
            threading.Thread(target=time.sleep, args=(0,)).start()
        from ocoro.runtime.instance import scheduler
        time.sleep(0)
        print(len(scheduler.coroutines) < 12)
    """
    assert says(code) == ["True"]


def test_preempting_interrupts_no_system_call(says):
    """A call without a hook, on the thread, that the interpreter would not repeat by itself."""
    code = """
        import fcntl, os, threading, time
        threading.Thread(target=time.sleep, args=(0.06,)).start()
        time.sleep(0)
        from ocoro.runtime import originals
        originals.set_signal(63, lambda *_: print("a signal"))
        print(os.sched_yield(), originals.select([], [], [], 0.04))
        originals.set_signal(63, 0)
    """
    assert says(code)[-1] == "None ([], [], [])"


SPIN_AND_CALL = """
import threading
from ocoro.runtime import originals
from ocoro.runtime.instance import scheduler
turns = []
def tick():
    while len(turns) < 10: turns.append(scheduler.recorder.preemptions); threading.Event().wait(0.0001)
threading.Thread(target=tick).start()
while len(turns) < 10: originals.select([], [], [], 0.02)
while scheduler.recorder.preemptions < 5 or len(scheduler.coroutines) > 1: pass
print(turns == sorted(turns))
"""


def test_preempting_sends_no_signal(interpreter, tmp_path):
    """Neither the process nor anybody else, as strace sees it; and no system call is interrupted."""
    said = tmp_path / "strace"
    options = ["--quiet", "--no-record", "--rescue=off"]
    launch = [interpreter.path, "-P", "-m", "ocoro", "run", *options, "-c", SPIN_AND_CALL]
    done = run(["strace", "-f", "-o", str(said), *launch], cwd=tmp_path)
    assert (done.out, done.err, done.status) == ("True\n", "", 0)
    text = said.read_text()
    assert text.count("clock_nanosleep(") > 5  # the monitor was at work
    assert re.findall(r".*(?:kill|sigqueueinfo|send_signal)\(.*|.*--- SIG.*|.*(?:EINTR|ERESTART).*", text) == []


@pytest.mark.parametrize(("options", "least"), [(["--slice=200"], 0.2), (["--slice", "1"], 0.001)])
def test_slice_is_as_long_as_asked_for(says, options, least):
    code = """
        import _thread, time
        done = []
        _thread.start_new_thread(done.append, (1,))
        begin = time.monotonic()
        while not done: pass
        print(time.monotonic() - begin)
    """
    assert float(says(code, *options)[0]) >= least


def test_without_preemption_others_wait(says):
    code = """
        import _thread, time
        done = []
        _thread.start_new_thread(done.append, (1,))
        until = time.monotonic() + 0.2
        while time.monotonic() < until: pass
        print(done)
        time.sleep(0)
        print(done)
    """
    assert says(code, "--no-preempt") == ["[]", "[1]"]


def test_signal_of_preemption_looks_unused(says):
    code = """
        import signal
        print(signal.getsignal(63) is signal.SIG_DFL, signal.signal(63, signal.SIG_DFL) is signal.SIG_DFL)
    """
    assert says(code) == ["True True"]


@pytest.mark.parametrize("handler", ["signal.SIG_DFL", "signal.SIG_IGN", "lambda *_: print('called')"])
def test_program_may_handle_that_signal(says, handler):
    """Preemption goes on, and the program's handler is only called for signals that were really sent."""
    code = f"""
        import os, signal, threading, time
        done = []
        signal.signal(63, {handler})
        threading.Thread(target=lambda: (time.sleep(0.001), done.append(True))).start()
        until = time.monotonic() + 2
        while not done and time.monotonic() < until: pass
        print(done)
    """
    assert says(code) == ["[True]"]


def test_real_signal_of_that_number_is_handled(says):
    code = """
        import os, signal
        signal.signal(63, lambda number, frame: print(number))
        os.kill(os.getpid(), 63)
        print("done")
    """
    assert says(code) == ["63", "done"]


STOPPED = """
import os, threading, time
import ocoro
from ocoro.runtime import monitor, originals
from ocoro.runtime.instance import scheduler

def start_one():
    thread = threading.Thread(target=time.sleep, args=(0.001,))
    thread.start()
    thread.join()
    return scheduler.monitor

def let_end(number):
    end = time.monotonic() + 20
    while len(scheduler.helping) > number and time.monotonic() < end:
        time.sleep(0.001)
    return len(scheduler.helping)

def fds():
    return {each for each in os.listdir("/proc/self/fd") if os.path.exists("/proc/self/fd/" + each)}

ocoro.install()
first = start_one()
"""


@pytest.fixture
def without_launcher(python):
    """`without_launcher(code)`: what a program prints that has installed hooks, and has a monitor, `first`."""

    def without_launcher(code, interpreter):
        done = python("-c", STOPPED + code, interpreter=interpreter)
        assert (done.err, done.status) == ("", 0), done
        return done.out.splitlines()

    return without_launcher


def test_stopped_monitor_does_not_rest(without_launcher, interpreter):
    """While the hub sleeps: nobody would wake it, and the hub would find nobody to wake."""
    code = """
ocoro.uninstall()
for _ in range(3):
    ocoro.spawn(ocoro.sleep, 0.05).result()
print(let_end(0), scheduler.resting, scheduler.monitor)
"""
    assert without_launcher(code, interpreter) == ["0 None None"]


def test_stopped_monitor_leaves_the_next_one_alone(without_launcher, interpreter):
    code = """
first._nap = lambda: 0.3
time.sleep(0.03)  # it has begun that nap by now
ocoro.uninstall()
ocoro.install()
second = start_one()
for _ in range(2):
    time.sleep(0.4)
print(let_end(1), second is scheduler.monitor is not first)
done = []
threading.Thread(target=lambda: (time.sleep(0.01), done.append(True))).start()
while not done: pass
print("preempted")
"""
    assert without_launcher(code, interpreter) == ["1 True", "preempted"]


def test_monitor_that_dozes_is_stopped(without_launcher, interpreter):
    """The next one may doze by the time it is awake, and is not to be taken for awake then."""
    code = """
monitor._DOZE = 0.2
waits = [ocoro.spawn(ocoro.sleep, 60)]
while not scheduler.dozing: pass
first.stop()
scheduler.monitor = None
print(scheduler.dozing)
monitor._DOZE = 1000.0
waits.append(ocoro.spawn(ocoro.sleep, 60))
while not scheduler.dozing: pass
while len(scheduler.helping) > 1: pass
print(scheduler.dozing)
"""
    assert without_launcher(code, interpreter) == ["False", "True"]


def test_there_is_one_monitor(without_launcher, interpreter):
    """It is asked for by a destructor too, and by other threads, while one is made. A superfluous one keeps no fd."""
    code = """
before = fds()
for _ in range(3):
    monitor.Monitor().start()
print(len(scheduler.helping), scheduler.monitor is first, fds() == before)
first.stop()
scheduler.monitor = None
print(let_end(0))
before = fds()
started = []
class Asks:
    def __del__(self): scheduler.start_monitor()
def make(path, make=monitor.ProcFile):
    if not started:
        started.append(True)
        Asks()
    return make(path)
monitor.ProcFile = make
scheduler.start_monitor()
print(len(scheduler.helping), len(fds() - before))
"""
    assert without_launcher(code, interpreter) == ["1 True True", "0", "1 1"]


def test_no_thread_for_the_monitor_costs_no_fds(without_launcher, interpreter):
    code = """
first.stop()
scheduler.monitor = None
print(let_end(0))
before = fds()
def refuse(*args):
    raise RuntimeError("can't start new thread")
originals.start_new_thread = refuse
for _ in range(3):
    start_one()
print(scheduler.monitor, fds() == before)
"""
    assert without_launcher(code, interpreter) == ["0", "None True"]
