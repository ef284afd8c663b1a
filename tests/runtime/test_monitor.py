"""Who computes for too long is preempted, wherever the interpreter runs Python code of the program."""

import pytest

SPIN = {
    "main": "spin()",
    "thread": "spinner = Thread(target=spin); spinner.start(); spinner.join()",
    "sort_key": "[1, 2, 3].sort(key=spin)",
    "regular_expression": "re.sub('.', spin, 'a')",
    "destructor": "Spins()",
    "generator": "next(spins())",
    "import": "import spinning",
}
PROGRAM = """
import re, sys, time
from threading import Thread

done = []

def spin(item=None):
    while not done: pass
    return ""

class Spins:
    def __del__(self): spin()

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
def test_spinning_code_is_preempted(says, tmp_path, spin):
    (tmp_path / "spinning.py").write_text("import __main__\nwhile not __main__.done: pass\n")
    assert says(PROGRAM.format(spin=SPIN[spin])) == ["spun", "True"]


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
