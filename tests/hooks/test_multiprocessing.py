"""`multiprocessing`: locks shared with other processes suspend the coroutine only."""

import pytest

BEFORE = "import multiprocessing; context = multiprocessing.get_context('fork')\n"


@pytest.mark.parametrize("call", ["acquire()", "acquire(True, 10)", "__enter__()"])
def test_SemLock_acquire_parks(parks, call):
    before = BEFORE + "lock = context.Lock(); lock.acquire()"
    parks("semaphore", before, f"assert lock.{call} is True", "lock.release()")


def test_SemLock_time_out_parks(parks):
    before = BEFORE + "lock = context.Lock(); lock.acquire()"
    parks("semaphore", before, "assert lock.acquire(timeout=0.1) is False")


@pytest.mark.parametrize("kind", ["Semaphore(0)", "BoundedSemaphore(1)"])
def test_Semaphore_acquire_parks(parks, kind):
    before = BEFORE + f"semaphore = context.{kind}\nwhile semaphore.acquire(False): pass"
    parks("semaphore", before, "assert semaphore.acquire()", "semaphore.release()")


def test_Event_wait_parks(parks):
    parks("semaphore", BEFORE + "event = context.Event()", "assert event.wait()", "event.set()")


def test_Condition_wait_parks(parks):
    before = BEFORE + "condition = context.Condition()"
    meanwhile = "\nwith condition: condition.notify()"
    parks("semaphore", before, "\nwith condition: condition.wait()", meanwhile)


def test_Process_join_parks(parks):
    before = BEFORE + "r, w = os.pipe(); process = context.Process(target=os.read, args=(r, 1)); process.start()"
    parks("waitpid", before, "process.join()", "os.write(w, b'x')")


@pytest.mark.parametrize(
    "call", ["acquire(timeout=-1)", "acquire(False, 5)", "acquire(timeout='x')", "acquire(1, 2, 3)"]
)
def test_odd_calls_are_answered_alike(python, says, call):
    code = "import multiprocessing\nlock = multiprocessing.get_context('fork').Lock(); lock.acquire()\n"
    code += f"try: print(lock.{call})\nexcept Exception as error: print(type(error))"
    assert says(code) == python("-c", code).out.splitlines()
