"""`--offload`: a function's calls are made in real threads, which pass for the caller."""

import pytest

LIBRARY = """
import contextvars, threading

variable = contextvars.ContextVar("variable", default="nothing")
local = threading.local()
lock = threading.RLock()
begun, go_on = threading.Event(), threading.Event()

def meet(*args: int, key=None) -> list:
    "Meet another thread."
    begun.set()
    go_on.wait()
    seen = [threading.current_thread().name, variable.get(), vars(local).get("name"), args, key]
    with lock:
        variable.set("the library's")
        local.name = "the library's"
    return seen

def fail():
    raise ValueError("text")

class Kind:
    pass
"""
PROGRAM = """
import library, sys, threading, traceback

def call():
    library.variable.set("mine")
    library.local.name = "mine"
    library.begun.clear()
    library.go_on.clear()
    other = threading.Thread(target=lambda: (library.begun.wait(), library.go_on.set()))
    other.start()
    with library.lock:
        print(library.meet(1, 2, key=3), library.variable.get(), library.local.name)
    other.join()
    try:
        library.fail()
    except ValueError:
        traceback.print_exc(file=sys.stdout)

thread = threading.Thread(target=call, name="thread")
thread.start()
thread.join()
call()
"""


@pytest.fixture
def both(python, ocoro, tmp_path):
    """Run code under python and with `--offload` of the functions of `library`: what both say."""
    (tmp_path / "library.py").write_text(LIBRARY)
    names = ("meet", "fail", "Kind", "absent")
    options = [word for name in names for word in ("--offload", f"library.{name}")]

    def both(code):
        (tmp_path / "main.py").write_text(code)
        plain = python("main.py", cwd=tmp_path)
        assert (plain.err, plain.status) == ("", 0)
        return plain.out.splitlines(), ocoro("--quiet", *options, "main.py", cwd=tmp_path).out.splitlines()

    return both


def test_call_is_made_in_another_thread(says, tmp_path):
    (tmp_path / "library.py").write_text("from ocoro.runtime.originals import get_native_id as here\n")
    code = """
        import library
        from ocoro.runtime.instance import scheduler
        print(library.here() == scheduler.native_home)
    """
    assert says(code, "--offload", "library.here") == ["False"]
    assert says(code, "--offload", "library.absent") == ["True"]


def test_caller_is_the_same_for_the_function(both):
    plain, hooked = both(PROGRAM)
    assert hooked == plain


def test_function_looks_the_same(both):
    plain, hooked = both("""
import inspect, library, pickle
print(library.meet.__name__, library.meet.__doc__, inspect.signature(library.meet), library.meet.__annotations__)
print(pickle.loads(pickle.dumps(library.meet)) is library.meet, type(library.meet), library.Kind, dir(library))
try: library.fail(1)
except TypeError as error: print(error)
""")
    assert hooked == plain


def test_wait_is_told_by_the_functions_name(says):
    code = """
        import math
        print(math.factorial(5), math.factorial.__name__)
        from ocoro.runtime.instance import scheduler
        print([call.name for call in scheduler.recorder.summary().calls])
    """
    assert says(code, "--offload=math.factorial") == ["120 factorial", "['math.factorial']"]


WAITS = """
import threading

lock, begun = threading.Lock(), threading.Event()

def wait():
    begun.set()
    lock.acquire()
"""


def test_handler_interrupts_a_function_in_python(says, tmp_path):
    (tmp_path / "library.py").write_text(WAITS)
    code = """
        import library, os, signal, threading
        def handle(number, frame): raise KeyError(number)
        signal.signal(signal.SIGUSR1, handle)
        library.lock.acquire()
        other = threading.Thread(target=lambda: (library.begun.wait(), os.kill(os.getpid(), signal.SIGUSR1)))
        other.start()
        try: library.wait()
        except KeyError: print("interrupted")
        library.lock.release()
    """
    assert says(code, "--offload", "library.wait") == ["interrupted"]
