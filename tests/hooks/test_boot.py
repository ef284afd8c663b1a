"""Boot: what the launcher's options switch off is off, children start without us, and the report is never lost."""

import re

import pytest

from ocoro.hooks.table import HOOKS

REPORT = re.compile(r"^ocoro: wall [\d.]+ s = .*\n", re.MULTILINE)
USES_ALL = """
import queue, select, selectors, socket, threading, time, multiprocessing
q = queue.SimpleQueue()
a, b = socket.socketpair()
def work():
    time.sleep(0.002)
    b.send(b"x")
    q.put("item")
thread = threading.Thread(target=work)
thread.start()
select.select([a], [], [], 0.05)
print(a.recv(1), q.get())
thread.join()
lock = multiprocessing.Lock()
with lock: print(socket.gethostbyname("127.0.0.1"))
"""


def report(done):
    """The one report line on stderr, and nothing else there."""
    assert REPORT.fullmatch(done.err), done
    return done.err


# -- --no-hook and --real-threads --------------------------------------------------------------------------------------

PRINT = "print(patch.is_installed({}))"


@pytest.mark.parametrize(
    ("option", "function"),
    [
        ("time", "time.sleep"),
        ("time.sleep", "time.sleep"),
        ("select", "select.select"),
        ("select.poll", "select.poll"),
        ("_socket", "socket.gethostbyname"),
        ("_socket.gethostbyname", "socket.gethostbyname"),
        ("posix", "os.read"),
        ("posix.read", "os.read"),
        ("_signal", "_signal.signal"),
        ("sys", "sys._current_frames"),
    ],
)
def test_hook_switched_off_is_native(says, option, function):
    code = f"import _signal, os, select, socket, sys, time; from ocoro.hooks import patch; {PRINT.format(function)}"
    assert says(code, "--no-hook", option) == ["False"]
    assert says(code) == ["True"]


@pytest.mark.parametrize("option", ["socket", "socket.socket.recv"])
def test_method_switched_off_is_native(says, option):
    code = "import socket, _socket; print(socket.socket.recv is _socket.socket.recv)"
    assert says(code, "--no-hook", option) == ["True"]
    assert says(code) == ["False"]


def test_switching_off_one_leaves_the_rest(says):
    code = "import select; print(type(select.select).__name__, type(select.poll).__name__)"
    assert says(code, "--no-hook", "select.select") == ["builtin_function_or_method method"]


def test_call_switched_off_is_not_counted(says):
    code = """
        import time
        time.sleep(0.001)
        from ocoro.runtime.instance import scheduler
        print(scheduler.recorder.summary().calls)
    """
    assert says(code, "--no-hook", "time") == ["()"]


@pytest.mark.parametrize("name", HOOKS)
def test_programs_run_without_any_hook(says, name):
    assert says(USES_ALL, "--no-hook", name) == ["b'x' item", "127.0.0.1"]


def test_programs_run_without_all_hooks(says):
    options = [word for name in HOOKS for word in ("--no-hook", name)]
    assert says(USES_ALL, *options) == ["b'x' item", "127.0.0.1"]


TASKS = """
import os, threading
ids = {os.readlink("/proc/thread-self")}
thread = threading.Thread(target=lambda: ids.add(os.readlink("/proc/thread-self")))
thread.start()
thread.join()
print(len(ids), threading.get_ident() == thread.ident)
"""


def test_real_threads_are_real(says):
    assert says(TASKS, "--real-threads") == ["2 False"]
    assert says(TASKS) == ["1 False"]


def test_programs_run_with_real_threads(says):
    assert says(USES_ALL, "--real-threads") == ["b'x' item", "127.0.0.1"]


def test_real_threads_share_a_lock_with_main(says):
    code = """
        import threading
        lock, total = threading.Lock(), 0
        def count():
            global total
            for _ in range(5000):
                with lock: total += 1
        threads = [threading.Thread(target=count) for _ in range(4)]
        for thread in threads: thread.start()
        count()
        for thread in threads: thread.join()
        print(total)
    """
    assert says(code, "--real-threads") == ["25000"]


# -- children ----------------------------------------------------------------------------------------------------------

CHILD = f"import time; from ocoro.hooks import patch; {PRINT.format('time.sleep')}"
PARENT = f"import subprocess, sys; print(subprocess.run([sys.executable, '-c', {CHILD!r}], capture_output=True))"


def test_children_are_not_hooked(says):
    assert "stdout=b'False\\n'" in says(PARENT)[0]


def test_children_follow_if_told_to(says):
    assert "stdout=b'True\\n'" in says(PARENT, "--follow")[0]


def test_children_that_follow_report_too(ocoro):
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {CHILD!r}])"
    done = ocoro("--report=line", "--follow", "-c", code)
    assert (done.out, len(REPORT.findall(done.err))) == ("True\n", 2)


def test_environment_shows_nothing(says, monkeypatch):
    monkeypatch.delenv("OCORO_TEST_PYTHONS", raising=False)  # for the tests themselves
    assert says("import os; print([name for name in os.environ if 'OCORO' in name])") == ["[]"]


# -- the report --------------------------------------------------------------------------------------------------------


def test_report_is_one_line_on_stderr(ocoro):
    done = ocoro("--report=line", "-c", "import time; time.sleep(0.001); print('out')")
    assert (done.out, done.status) == ("out\n", 0)
    assert "sleep 1" in report(done)


@pytest.mark.parametrize("options", [["--quiet"], ["--report=none"]])
def test_no_report_when_told_so(ocoro, options):
    assert ocoro(*options, "-c", "").err == ""


@pytest.mark.parametrize("program", ["import sys; sys.exit(7)", "import sys; sys.exit('text')", "raise SystemExit"])
def test_exit_is_reported(python, ocoro, program):
    plain, done = python("-c", program), ocoro("--report=line", "-c", program)
    assert (done.status, REPORT.sub("", done.err)) == (plain.status, plain.err)
    assert len(REPORT.findall(done.err)) == 1


@pytest.mark.parametrize("program", ["1 / 0", "import threading; threading.Thread(target=lambda: 1 / 0).start()"])
def test_uncaught_error_is_reported(python, ocoro, program):
    plain, done = python("-c", program), ocoro("--report=line", "-c", program)
    assert (done.status, done.err.count("ZeroDivisionError")) == (plain.status, plain.err.count("ZeroDivisionError"))
    assert len(REPORT.findall(done.err)) == 1


WAITS = ["time.sleep(20)", "queue.Queue().get()", "\nwhile True: pass"]
READY = "import queue, time\nprint('ready', flush=True)\n"


@pytest.mark.parametrize("wait", WAITS)
def test_interrupt_is_reported(ocoro, wait):
    done = ocoro("--report=line", "-c", READY + wait, signal_after=("ready", 2))
    assert done.status == -2
    assert len(REPORT.findall(done.err)) == 1


@pytest.mark.parametrize("wait", [*WAITS, "sum(range(10**12))"])
@pytest.mark.parametrize("number", [1, 15])
def test_signal_at_its_default_is_left_to_the_kernel(ocoro, number, wait):
    """At once, whatever code is at work, and so without a report."""
    done = ocoro("--report=line", "-c", READY + wait, signal_after=("ready", number))
    assert (done.out, done.err, done.status) == ("ready\n", "", -number)


def test_own_handler_of_sigterm_is_obeyed(ocoro):
    program = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(5))
os.kill(os.getpid(), signal.SIGTERM)
time.sleep(20)
"""
    done = ocoro("--report=line", "-c", program)
    assert done.status == 5
    report(done)


def test_ignored_sigterm_is_ignored(ocoro):
    program = """
import os, signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.kill(os.getpid(), signal.SIGTERM)
print("alive")
"""
    assert ocoro("--report=line", "-c", program).out == "alive\n"


@pytest.mark.parametrize("end", ["pass", "sys.exit(3)", "os._exit(3)", "1 / 0", "os.kill(os.getpid(), 15)"])
def test_forked_child_prints_no_report(ocoro, end):
    program = f"""
import os, sys, time
sys.stderr = open(os.devnull, "w")
pid = os.fork()
if not pid:
    time.sleep(0.001)
    {end}
else:
    os.waitpid(pid, 0)
"""
    report(ocoro("--report=line", "-c", program))


def test_report_survives_a_closed_stderr(ocoro):
    done = ocoro("--report=line", "-c", "import os; os.close(2); print('done')")
    assert (done.out, done.err, done.status) == ("done\n", "", 0)


def test_report_comes_after_exit_functions(ocoro):
    program = "import atexit, os; atexit.register(os.write, 2, b'last words\\n')"
    assert re.fullmatch("last words\nocoro: .*\n", ocoro("--report=line", "-c", program).err)


@pytest.mark.parametrize("number", ["SIGHUP", "SIGINT", "SIGTERM"])
def test_reporting_hides_its_handlers(python, ocoro, number):
    program = f"import signal; print(signal.getsignal(signal.{number}), signal.signal(signal.{number}, print))"
    assert ocoro("--report=line", "-c", program).out == python("-c", program).out


# -- names taken early -------------------------------------------------------------------------------------------------

EARLY = """
import sys, threading, time
from queue import SimpleQueue
from socket import gethostbyname
from threading import Lock, RLock, get_ident, Thread
from time import sleep
class Holder:
    nap = sleep
    make = Lock
lock = threading.Lock()
"""
LATE = """
import early, threading, time
from ocoro.hooks.patch import Origin, is_installed
print(early.sleep is time.sleep, early.get_ident is threading.get_ident, early.Lock is threading.Lock)
print(is_installed(early.sleep), isinstance(early.gethostbyname.__self__, Origin))
early.Holder().nap(0.001)
print(type(early.Holder().make()) is type(threading.Lock()), early.SimpleQueue.get.__class__.__name__)
thread = early.Thread(target=early.sleep, args=(0.001,))
thread.start()
thread.join()
from ocoro.runtime.instance import scheduler
print(scheduler.recorder.tally("sleep").waits)
"""
SEEN = ["True True True", "True True", "True function", "2"]
BOOT = "report=none;no_hook=;real_threads=0;follow=0;reporter="


def test_names_taken_before_boot_are_rebound(python, tmp_path):
    (tmp_path / "early.py").write_text(EARLY)
    program = f"import early, os; os.environ['OCORO_BOOT'] = {BOOT!r}; import ocoro.startup as door; door.start()\n"
    done = python("-c", program + LATE, cwd=tmp_path)
    assert (done.out.splitlines(), done.err, done.status) == (SEEN, "", 0)


def test_names_taken_by_sitecustomize_are_hooked(says, tmp_path, monkeypatch):
    (tmp_path / "early.py").write_text(EARLY)
    (tmp_path / "sitecustomize.py").write_text("import early\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert says(LATE) == SEEN
