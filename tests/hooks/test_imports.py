"""`_imp`: the import lock belongs to a coroutine."""

HELD_BY_OTHER = """
import _imp
def hold():
    _imp.acquire_lock()
    gate.acquire()
    _imp.release_lock()
gate = threading.Lock(); gate.acquire()
_thread.start_new_thread(hold, ())
time.sleep(0)
"""


def test_acquire_lock_parks(parks):
    parks("lock", HELD_BY_OTHER, "_imp.acquire_lock()", "gate.release()")


def test_fork_waits_for_the_import_lock(says):
    code = """
        import _imp, os, threading
        events, entered = [], threading.Event()
        def hold():
            _imp.acquire_lock()
            entered.set()
            threading.Event().wait(0.01)
            events.append("finished")
            _imp.release_lock()
        thread = threading.Thread(target=hold)
        thread.start()
        entered.wait()
        pid = os.fork()
        if not pid:
            print(events, _imp.lock_held(), flush=True)
            os._exit(0)
        thread.join()
        print(os.waitpid(pid, 0)[1], _imp.lock_held())
    """
    assert says(code) == ["['finished'] False", "0 False"]


def test_release_of_what_is_not_held_is_like_python(python, says):
    code = "import _imp\ntry: _imp.release_lock()\nexcept RuntimeError as error: print(error, _imp.lock_held())"
    assert says(code) == python("-c", code).out.splitlines()
