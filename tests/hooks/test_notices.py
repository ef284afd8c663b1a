"""On the signal named by --dump-signal every coroutine is shown, whatever the program does, and it goes on."""

import re
import signal
import subprocess
import threading
from textwrap import dedent

import pytest

BEGIN = """
import _thread, os, queue, signal, socket, sys, threading, time
"""
LIMIT = 20.0  # seconds that a program may take
DO = {
    "computes": "while True: pass",
    "waits": "threading.Event().wait()",
    "sleeps": "time.sleep(60)",
    "reads": "s = socket.socket(type=socket.SOCK_DGRAM); s.bind(('127.0.0.1', 0)); s.recv(1)",
}


@pytest.fixture
def started(interpreter, tmp_path):
    """`started(code)`: a program under `--dump-signal=USR1` that has printed "ready"; it is killed at the end."""
    processes, timers = [], []

    def started(code, *options, name="USR1"):
        (tmp_path / "program.py").write_text(BEGIN + dedent(code))
        options = ["--quiet", "--no-record", f"--dump-signal={name}", *options]
        command = [interpreter.path, "-P", "-m", "ocoro", "run", *options, "program.py"]
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, cwd=tmp_path, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
        processes.append(process)
        timers.append(threading.Timer(LIMIT, process.kill))
        timers[-1].start()
        assert process.stdout.readline() == "ready\n"
        return process

    yield started
    for process, timer in zip(processes, timers, strict=True):
        timer.cancel()
        process.kill()
        process.communicate()


def dump(process, number=signal.SIGUSR1):
    """Send the signal; return what is shown: heads of the coroutines, and each one's places in the program."""
    process.send_signal(number)
    shown, count = [], 0
    for line in iter(process.stderr.readline, ""):
        if line.startswith("ocoro: "):
            count = int(re.fullmatch(r"ocoro: (\d+) coroutines? at \d\d:\d\d:\d\d\.\d\d\d\n", line)[1])
        elif not count:
            continue  # the rest of what was shown before
        elif line.startswith("coroutine "):
            shown.append((re.sub(r"0x\w+|[\d.]+ s", "_", line.strip()), []))
        elif "program.py:" in line:
            shown[-1][1].append(line.partition("program.py:")[2].strip())
        if len(shown) == count and (line.endswith(" Thread._bootstrap\n") or "builtin" in line):
            break
    return shown


@pytest.mark.parametrize("doing", DO)
def test_everybody_is_shown_whatever_they_do(started, doing):
    process = started(f"""
        def ada():
            {DO[doing]}
        def bob():
            queue.Queue().get()
        for function in (ada, bob):
            threading.Thread(target=function, name=function.__name__).start()
        print("ready", flush=True)
        threading.Event().wait()
    """)
    main = ("coroutine 1 MainThread: waiting in lock for _, for lock _; started _ ago", ["11 <module>"])
    while (shown := dump(process))[:1] != [main]:  # on its way there
        assert shown
    assert shown[2] == ("coroutine 3 bob: waiting in lock for _, for lock _; started _ ago", ["7 bob"])
    assert re.fullmatch(r"coroutine 2 ada: (running|ready|waiting in \w+) for _.*; started _ ago", shown[1][0])
    assert shown[1][1] == ["5 ada"]
    assert process.poll() is None


def test_program_goes_on_however_fast_the_signals_come(started):
    process = started("""
        def ada():
            while True: pass
        signal.signal(signal.SIGUSR2, lambda *_: print(threading.active_count(), flush=True))
        threading.Thread(target=ada, name="ada").start()
        print("ready", flush=True)
        threading.Event().wait()
    """)
    threading.Thread(target=process.stderr.read).start()
    for _ in range(20_000):
        process.send_signal(signal.SIGUSR1)
    process.send_signal(signal.SIGUSR2)
    assert process.stdout.readline() == "2\n"


def test_nothing_is_raised_for_want_of_room_on_the_stack(started):
    process = started("""
        def go(depth):
            if depth: return go(depth - 1)
            try: _thread.interrupt_main(signal.SIGUSR1)
            except RecursionError: return raised.append(True)
            has_room.append(True)
        def ada():
            for spare in range(60):
                try: go(sys.getrecursionlimit() - spare)
                except RecursionError: pass
        raised, has_room = [], []
        thread = threading.Thread(target=ada)
        print("ready", flush=True)
        thread.start()
        thread.join()
        print(len(raised) < 2, len(has_room) > 20)  # there may be none for the handler itself
    """)
    assert process.communicate()[0] == "True True\n"


def test_programs_own_handler_may_raise(started):
    process = started("""
        def handler(number, frame): 1 / 0
        signal.signal(signal.SIGUSR1, handler)
        print("ready", flush=True)
        while True: pass
    """)
    process.send_signal(signal.SIGUSR1)
    error = process.stderr.read()
    assert "ZeroDivisionError" in error
    assert re.findall(r'File ".*?(\w+\.py)", line \d+, in (\S+)', error) == [
        ("program.py", "<module>"),
        ("program.py", "handler"),
    ]
    assert process.wait() == 1


def test_deadlines_owners_and_those_who_have_not_begun(started):
    process = started(
        """
        from ocoro.runtime import originals
        lock = threading.RLock()
        def owner():
            with lock: time.sleep(60)
        def waiter():
            with lock: pass
        def after():
            _thread.start_new_thread(print, ())
            originals.write(1, b"ready\\n")  # the program's own would let the other one run first
            while True: pass
        for function in (owner, waiter, after):
            threading.Thread(target=function, name=function.__name__).start()
    """,
        "--no-preempt",
    )
    heads = [head for head, _ in dump(process)]
    assert heads[1:] == [
        "coroutine 2 owner: waiting in sleep for _, _ left; started _ ago",
        "coroutine 3 waiter: waiting in lock for _, for RLock _ held by 2 owner; started _ ago",
        "coroutine 4 after: running for _; started _ ago",
        "coroutine 5 builtin_function_or_method: ready for _; started _ ago",
    ]


def test_programs_own_handler_is_called_too(started):
    process = started("""
        def handler(number, frame): print(number == signal.SIGUSR1, flush=True)
        print(signal.signal(signal.SIGUSR1, handler) is signal.SIG_DFL, signal.getsignal(signal.SIGUSR1) is handler,
              file=sys.stderr, flush=True)
        threading.Thread(target=time.sleep, args=(60,)).start()
        print("ready", flush=True)
        while True: pass
    """)
    assert process.stderr.readline() == "True True\n"
    for _ in range(2):
        assert len(dump(process)) == 2
        assert process.stdout.readline() == "True\n"


@pytest.mark.parametrize("handler", ["SIG_DFL", "SIG_IGN"])
def test_program_sees_its_own_setting(started, handler):
    process = started(
        f"""
        print(signal.getsignal(signal.SIGQUIT) is signal.SIG_DFL, file=sys.stderr)
        signal.signal(signal.SIGQUIT, signal.{handler})
        print(signal.getsignal(signal.SIGQUIT) is signal.{handler}, file=sys.stderr)
        threading.Thread(target=time.sleep, args=(60,)).start()
        print("ready", flush=True)
        time.sleep(60)
    """,
        name="sigquit",
    )
    assert [process.stderr.readline() for _ in range(2)] == ["True\n", "True\n"]
    assert len(dump(process, signal.SIGQUIT)) == 2


def test_other_signals_end_the_program_as_ever(started):
    process = started("""
        print("ready", flush=True)
        time.sleep(60)
    """)
    process.send_signal(signal.SIGUSR2)
    assert process.wait(20) == -signal.SIGUSR2
    assert process.stderr.read() == ""


def test_waits_are_not_ended_by_the_signal(started):
    """A read goes on, and so does a call that no hook knows."""
    process = started("""
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
        a, b = socket.socketpair()
        def answer():
            os.read(0, 10)
            b.send(b"answer")
        threading.Thread(target=answer, daemon=True).start()
        print("ready", flush=True)
        print(a.recv(10), flush=True)
    """)
    process.send_signal(signal.SIGUSR1)
    assert process.stderr.readline().startswith("ocoro: 3 coroutines at ")
    process.stdin.write("go\n")
    process.stdin.flush()
    assert process.stdout.readline() == "b'answer'\n"
