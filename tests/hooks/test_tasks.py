"""What Linux keeps for each of its threads is one for all coroutines, and that is told."""

import os
import re
from textwrap import dedent

import pytest

CODE = """
import ctypes, os, threading
def run(job):
    thread = threading.Thread(target=job, name="worker")
    thread.start()
    thread.join()
mine = os.sched_getaffinity(0)
os.sched_setaffinity(0, mine)
os.nice(0)
ctypes.CDLL(None).unshare
begun, leave = threading.Event(), threading.Event()
other = threading.Thread(target=lambda: (begun.set(), leave.wait()), name="other")
other.start()
begun.wait()
"""
LINE = r"ocoro: (\w+) in (\w+) holds for all threads: .*"


@pytest.fixture
def told(ocoro, tmp_path):
    """`told(code)`: the functions and threads that the notices name."""

    def told(code, option="--report=line", **variables):
        program = CODE + dedent(code) + "\nleave.set()"
        done = ocoro(option, "-c", program, cwd=tmp_path, env={**os.environ, **variables})
        assert (done.out, done.status) == ("", 0), done
        return re.findall(LINE, done.err)

    return told


@pytest.mark.parametrize("pure", ["", "1"])
def test_change_by_a_thread_is_told_once_for_each_function(told, pure):
    code = """
        def work():
            for native in (0, threading.get_native_id()):
                os.sched_setaffinity(native, mine)
                os.setpriority(os.PRIO_PROCESS, native, os.getpriority(os.PRIO_PROCESS, native))
            os.getpriority(os.PRIO_PROCESS, 0), os.sched_getaffinity(0), os.nice(0)
        run(work)
        run(work)
    """
    assert told(code, OCORO_PURE_PYTHON=pure) == [("sched_setaffinity", "worker"), ("setpriority", "worker")]


def test_main_thread_is_told_of_what_it_does_to_another(told):
    assert told("os.sched_setaffinity(other.native_id, mine)") == [("sched_setaffinity", "other")]
    assert told("os.sched_setaffinity(threading.get_native_id(), mine)") == []


def test_namespaces_by_ctypes_are_told_when_looked_up(told):
    assert told("run(lambda: ctypes.CDLL(None).setns)") == [("setns", "worker")]


def test_nothing_is_told_under_quiet(told):
    code = "run(lambda: os.sched_setaffinity(0, mine))"
    assert told(code, "--quiet") == told(code, "--report=none") == []


def test_nothing_is_told_of_what_failed(told):
    code = """
        def work():
            try: os.sched_setaffinity(0, [])
            except OSError: pass
        run(work)
    """
    assert told(code) == []
