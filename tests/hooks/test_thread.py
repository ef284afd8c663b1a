"""`_thread`: threads are coroutines, and locks, locals and identities go with them."""

import os

import pytest

HELD = "lock = threading.Lock(); lock.acquire()"
HELD_BY_OTHER = """
lock = threading.RLock()
def hold():
    lock.acquire()
    gate.acquire()
    lock.release()
gate = threading.Lock(); gate.acquire()
_thread.start_new_thread(hold, ())
time.sleep(0)
"""


@pytest.mark.parametrize("call", ["lock.acquire()", "lock.acquire(True, 10)", "lock.__enter__()", "\nwith lock: pass"])
def test_lock_acquire_parks(parks, call):
    parks("lock", HELD, call, "lock.release()")


def test_lock_time_out_parks(parks):
    parks("lock", HELD, "assert not lock.acquire(timeout=0.1)")


@pytest.mark.parametrize("call", ["lock.acquire()", "lock.acquire(timeout=10)", "\nwith lock: pass"])
def test_RLock_acquire_parks(parks, call):
    parks("lock", HELD_BY_OTHER, call, "gate.release()")


def test_start_new_thread_runs_on_same_thread(says):
    code = """
        import _thread, time
        from ocoro.runtime.originals import get_native_id
        natives = [get_native_id()]
        _thread.start_new_thread(lambda: natives.append(get_native_id()), ())
        time.sleep(0)
        print(len(natives), len(set(natives)))
    """
    assert says(code) == ["2 1"]


def test_identities_are_distinct(says):
    code = """
        import threading
        idents = {threading.get_ident()}
        threads = [threading.Thread(target=lambda: (idents.add(threading.get_ident()), gate.wait())) for _ in range(9)]
        gate = threading.Event()
        for thread in threads: thread.start()
        print(len(idents), idents == {thread.ident for thread in threading.enumerate()})
        gate.set()
    """
    assert says(code) == ["10 True"]


def test_locals_are_apart(says):
    code = """
        import threading
        local = threading.local()
        local.name = "main"
        thread = threading.Thread(target=lambda: print(hasattr(local, "name")))
        thread.start()
        thread.join()
        print(local.name)
    """
    assert says(code) == ["False", "main"]


def test_count_is_that_of_threads(says):
    code = """
        import _thread, threading, time
        for _ in range(3): threading.Thread(target=time.sleep, args=(0.01,)).start()
        print(_thread._count())
    """
    assert says(code) == ["3"]


@pytest.mark.parametrize("arguments", ["1, ()", "print, []", "print, (), 1", "print, (), []"])
def test_bad_start_is_refused_alike(python, says, arguments):
    code = f"import _thread\ntry: _thread.start_new_thread({arguments})\nexcept Exception as error: print(repr(error))"
    assert says(code) == python("-c", code).out.splitlines()


BIG_STACK = """
import resource, threading
soft = 8 << 20
resource.setrlimit(resource.RLIMIT_STACK, (soft, soft))
for size in (soft, 2 * soft, 2 * soft, 4096 + 1):
    try: print(threading.stack_size(size) == soft)
    except ValueError as error: print(error)
thread = threading.Thread(target=print, args=("runs",))
thread.start()
thread.join()
"""


@pytest.mark.parametrize("option", ["--quiet", "--report=line"])
@pytest.mark.parametrize("pure", ["", "1"])
def test_stack_that_cannot_be_had_is_refused_in_words(ocoro, pure, option, tmp_path):
    """The hard limit is in the way: python would get memory elsewhere; here a thread would crash far down."""
    done = ocoro(option, "-c", BIG_STACK, cwd=tmp_path, env={**os.environ, "OCORO_PURE_PYTHON": pure})
    refused = ["size not valid: 16777216 bytes"] * 2
    assert done.out.splitlines() == ["False", *refused, "size not valid: 4097 bytes", "runs"]
    told = [line for line in done.err.splitlines() if "stack of 16 MB" in line]
    assert len(told) == (option != "--quiet"), done.err
