"""Signal handlers run in the main coroutine, soon, and as if they had interrupted it."""

import pytest

PROLOGUE = """
import os, queue, signal, socket, threading, time
from _thread import start_new_thread

main = threading.main_thread()

def sent_by_thread(number=signal.SIGUSR1):
    '''Have another coroutine send the signal as soon as the main one waits.'''
    def send():
        from ocoro.runtime.instance import scheduler
        while not scheduler.main.parked:
            time.sleep(0)
        os.kill(os.getpid(), number)
    start_new_thread(send, ())
"""


@pytest.fixture
def lines(says):
    """`lines(code)`: what the program prints, with the prologue before it."""
    return lambda code: says(PROLOGUE + code)


def test_handler_runs_in_main_thread(lines):
    code = """
signal.signal(signal.SIGUSR1, lambda *_: print(threading.current_thread() is main))
thread = threading.Thread(target=lambda: os.kill(os.getpid(), signal.SIGUSR1))
thread.start()
thread.join()
"""
    assert lines(code) == ["True"]


def test_handler_runs_while_another_computes(lines):
    code = """
seen = []
signal.signal(signal.SIGUSR1, lambda *_: seen.append(threading.current_thread() is main))
def compute():
    os.kill(os.getpid(), signal.SIGUSR1)
    while not seen: pass
thread = threading.Thread(target=compute)
thread.start()
thread.join()
print(seen)
"""
    assert lines(code) == ["[True]"]


WAITS = {
    "sleep": "time.sleep(0.02)",
    "lock": "lock = threading.Lock(); lock.acquire(); lock.acquire(timeout=0.02)",
    "queue": "queue.SimpleQueue().get(True, 0.02)",
    "recv": "left, right = socket.socketpair(); left.settimeout(0.02); left.recv(1)",
    "select": "import select; print(select.select([], [], [], 0.02))",
    "join": "thread = threading.Thread(target=time.sleep, args=(0.02,)); thread.start(); thread.join()",
}


@pytest.mark.parametrize("wait", WAITS)
def test_wait_goes_on_after_handler(lines, wait):
    code = f"""
signal.signal(signal.SIGUSR1, lambda *_: print("handler"))
begin = time.monotonic()
sent_by_thread()
try:
    {WAITS[wait]}
except (TimeoutError, queue.Empty):
    pass
print(time.monotonic() - begin >= 0.02)
"""
    assert [line for line in lines(code) if line[0] != "("] == ["handler", "True"]


def test_signal_is_not_lost_on_the_way_back_to_the_wait(lines):
    """It comes inside the runtime, after the handlers of others have run and before main waits on."""
    code = """
from ocoro.runtime.instance import scheduler

def run_and_be_late(run=scheduler.run_handlers):
    run()
    if not late:
        late.append(True)
        scheduler.signals.append(signal.SIGUSR2)

late, event = [], threading.Event()
scheduler.run_handlers = run_and_be_late
signal.signal(signal.SIGUSR1, lambda *_: print("first"))
signal.signal(signal.SIGUSR2, lambda *_: event.set())
sent_by_thread()
print(event.wait())
"""
    assert lines(code) == ["first", "True"]


@pytest.mark.parametrize("wait", WAITS)
def test_error_of_handler_ends_wait(lines, wait):
    code = f"""
def fail(*_):
    raise LookupError
signal.signal(signal.SIGUSR1, fail)
sent_by_thread()
try:
    {WAITS[wait].replace("0.02", "20")}
except LookupError:
    print("ended", flush=True)
    os._exit(0)
"""
    assert lines(code) == ["ended"]


def test_interrupt_ends_endless_wait(lines):
    code = """
sent_by_thread(signal.SIGINT)
try:
    queue.Queue().get()
except KeyboardInterrupt:
    print("interrupted")
"""
    assert lines(code) == ["interrupted"]


@pytest.mark.parametrize(
    "wait",
    ["time.sleep(0.01)", "threading.Event().wait(0.01)", "threading.Thread(target=print).join", "left.recv(1)"],
)
def test_handler_may_wait_itself(lines, wait):
    code = f"""
left, right = socket.socketpair()
right.send(b"x")
def handler(*_):
    {wait}
    print("handled")
signal.signal(signal.SIGUSR1, handler)
sent_by_thread()
time.sleep(0.02)
print("slept")
"""
    assert lines(code) == ["handled", "slept"]


def test_handler_that_waits_takes_no_time_out(lines):
    """It sleeps in the middle of a wait without any limit; that its own sleep ended is not the end of the wait."""
    code = """
def handler(*_):
    time.sleep(0.005)
signal.signal(signal.SIGUSR1, handler)
left, right = socket.socketpair()
sent_by_thread()
threading.Timer(0.002, right.send, (b"x",)).start()
print(left.recv(1))
"""
    assert lines(code) == ["b'x'"]


def test_handler_sees_the_programs_frame(lines):
    code = """
signal.signal(signal.SIGUSR1, lambda number, frame: print(frame.f_code.co_name))
def waits():
    sent_by_thread()
    time.sleep(0.01)
waits()
"""
    assert lines(code) == ["waits"]


def test_handlers_are_set_in_main_only(lines):
    code = """
def attempt():
    try:
        signal.signal(signal.SIGUSR1, print)
    except ValueError as error:
        print(error)
thread = threading.Thread(target=attempt)
thread.start()
thread.join()
"""
    assert lines(code) == ["signal only works in main thread of the main interpreter"]


def test_program_sees_its_own_handler(lines):
    code = """
print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)
print(signal.signal(signal.SIGUSR1, print) is signal.SIG_DFL, signal.getsignal(signal.SIGUSR1) is print)
print(signal.signal(signal.SIGUSR1, signal.SIG_IGN) is print, signal.getsignal(signal.SIGUSR1) is signal.SIG_IGN)
"""
    assert lines(code) == ["True", "True True", "True True"]


def test_thread_identity_takes_signals(lines):
    code = """
signal.signal(signal.SIGUSR1, lambda *_: print("handled"))
thread = threading.Thread(target=time.sleep, args=(0.02,))
thread.start()
signal.pthread_kill(thread.ident, signal.SIGUSR1)
thread.join()
"""
    assert lines(code) == ["handled"]


def test_alarm_ends_wait_of_main(lines):
    code = """
def fail(*_):
    raise TimeoutError("alarm")
signal.signal(signal.SIGALRM, fail)
signal.setitimer(signal.ITIMER_REAL, 0.01)
try:
    queue.Queue().get()
except TimeoutError as error:
    print(error)
"""
    assert lines(code) == ["alarm"]


def test_signals_come_while_a_buffered_file_is_left(lines):
    """What a raw file's call puts off is handled after it; more comes just then."""
    code = """
reader, writer = os.pipe()
def drain():
    while os.read(reader, 65536): pass
threading.Thread(target=drain).start()
seen = []
signal.signal(signal.SIGALRM, lambda *_: seen.append("real"))
signal.signal(signal.SIGPROF, lambda *_: seen.append("prof"))
for timer in signal.ITIMER_REAL, signal.ITIMER_PROF:
    signal.setitimer(timer, 2e-4, 2e-4)
with os.fdopen(writer, "wb") as file:
    end = time.monotonic() + 2
    while time.monotonic() < end:
        file.write(b"x")
        file.flush()
    for timer in signal.ITIMER_REAL, signal.ITIMER_PROF:
        signal.setitimer(timer, 0)
print(set(seen) == {"real", "prof"})
"""
    assert lines(code) == ["True"]


def test_wake_up_fd_is_written(lines):
    code = """
left, right = socket.socketpair()
left.setblocking(False)
right.settimeout(5)
signal.set_wakeup_fd(left.fileno())
signal.signal(signal.SIGUSR1, lambda *_: None)
sent_by_thread()
print(right.recv(1)[0] == signal.SIGUSR1)
"""
    assert lines(code) == ["True"]


MANY = """
import os, signal, sys, threading
over = threading.Event()
for _ in range(int(sys.argv[1])):
    threading.Thread(target=over.wait, daemon=True).start()
threading.Timer(0, os.kill, (os.getpid(), signal.SIGINT)).start()
over.wait()
"""


def test_interrupt_ends_10000_waiting_threads(ocoro, python, interpreter, tmp_path):
    """With python's traceback and by the signal, as a few threads end under python."""
    (tmp_path / "many.py").write_text(MANY)
    how = {"interpreter": interpreter, "cwd": tmp_path}
    plain = python("many.py", "3", **how)
    assert (plain.status, plain.err[-18:]) == (-2, "KeyboardInterrupt\n")
    assert ocoro("--quiet", "many.py", "10000", **how) == plain


@pytest.mark.parametrize("number", ["SIGNAL", "rescue.SIGNAL", "dumped"])
def test_signal_of_ours_leaves_the_error_that_is_set(ocoro, number):
    """C code looks for signals again when a handler has raised: just then the monitor asks, or the user does."""
    code = (
        PROLOGUE
        + f"""
import ctypes, traceback
from collections import deque
from functools import partial
from operator import call
from ocoro.runtime import originals, rescue
from ocoro.runtime.instance import scheduler
from ocoro.runtime.monitor import SIGNAL
library, numbers, dumped = ctypes.PyDLL(None), (ctypes.c_int64 * 99)(), signal.SIGUSR2
look = ctypes.cast(library.PyErr_CheckSignals, ctypes.c_void_p)
def fail(*_): raise KeyError("of the handler")
signal.signal(signal.SIGUSR1, fail)
thread = threading.Thread(target=time.sleep, args=(0.1,))
thread.start()
asks = partial(setattr, scheduler, "asked", True), partial(setattr, scheduler, "rescued", 1)
trips = [partial(originals.interrupt_main, each) for each in ({number}, signal.SIGUSR1)]
try:
    try: len(1)
    except TypeError: deque(map(call, [*asks, *trips, partial(library.qsort, numbers, 99, 8, look)]), 0)
except KeyError as error:
    print(repr(error), repr(error.__context__), [each.name for each in traceback.extract_tb(error.__traceback__)])
thread.join()
"""
    )
    done = ocoro("--rescue=auto", "--dump-signal=USR2", "--report=none", "-c", code)
    expected = """KeyError('of the handler') TypeError("object of type 'int' has no len()") ['<module>', 'fail']\n"""
    assert (done.out, done.status) == (expected, 0)
    assert ("MainThread" in done.err) == (number == "dumped")
