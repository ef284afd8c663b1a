"""The API from real threads: plain python, no hooks. The main thread carries the coroutines."""

import _thread
import threading
import time
import traceback

import ocoro

problems = []
ocoro.current()  # the first use is on the main thread


def in_real_threads(count, function):
    """Call `function(number)` in real threads, while the main thread carries coroutines."""
    results = []

    def run(number):
        try:
            results.append(function(number))
        except BaseException as error:
            problems.append(error)
            results.append(None)

    for number in range(count):
        threading.Thread(target=run, args=(number,)).start()
    deadline = time.monotonic() + 20
    while len(results) < count and time.monotonic() < deadline:
        ocoro.sleep(0.001)
    assert len(results) == count, "a real thread waits for ever"
    assert not problems, "".join(line for each in problems for line in traceback.format_exception(each))
    return results


def home():
    return _thread.get_native_id()


def spawn_and_result(number):
    return ocoro.spawn(pow, number, 2).result(10)


assert sorted(in_real_threads(8, spawn_and_result)) == [number**2 for number in range(8)]
assert set(in_real_threads(4, lambda number: ocoro.spawn(home).result(10))) == {home()}


def cancel(number):
    coroutine = ocoro.spawn(ocoro.sleep, 1000, name=f"sleeper {number}")
    assert not coroutine.join(0.001)
    assert coroutine in ocoro.coroutines()
    assert coroutine.cancel() and coroutine.join(10)
    return coroutine.state.value


assert in_real_threads(4, cancel) == ["Cancelled"] * 4


def wait_any(number):
    sleepers = [ocoro.spawn(ocoro.sleep, seconds) for seconds in (1000, 0.005, 1000)]
    first = ocoro.wait_any(sleepers, 10)
    try:
        ocoro.wait_any([sleepers[0], sleepers[2]], 0.005)
    except TimeoutError:
        pass
    else:
        raise AssertionError
    for sleeper in sleepers:
        sleeper.cancel()
    ocoro.wait_all(sleepers, 10)
    return first is sleepers[1]


assert in_real_threads(4, wait_any) == [True] * 4


def both_at_once(number):
    """Two end in the same turn: the gate of the real thread is opened once."""
    pair = [ocoro.spawn(int) for _ in range(2)]
    ocoro.wait_any(pair, 10)
    ocoro.wait_all(pair, 10)
    return True


for _ in range(20):
    assert in_real_threads(2, both_at_once) == [True] * 2


def job(number):
    with ocoro.Pool(max=2) as pool:
        jobs = [pool.submit(pow, number, 2) for _ in range(10)]
    return {job.result() for job in jobs} == {number**2}


assert in_real_threads(4, job) == [True] * 4


def listen(number):
    changes = []
    listener = ocoro.add_listener(changes.append)
    ocoro.spawn(int, name=f"told {number}").join(10)
    ocoro.remove_listener(listener)
    return [change.after.value for change in changes if change.coroutine.name == f"told {number}"]


assert in_real_threads(3, listen) == [["Running", "Complete"]] * 3


def stack(number):
    def inner():
        ocoro.sleep(1000)

    coroutine = ocoro.spawn(inner)
    while not coroutine.stack():
        ocoro.sleep(0.001)
    names = [line.name for line in coroutine.stack()]
    coroutine.cancel()
    return names


assert in_real_threads(2, stack) == [["inner"]] * 2


def priority(number):
    return ocoro.spawn(int, priority=number - 1).result(10)


assert in_real_threads(3, priority) == [0, 0, 0]


def refused(number):
    for function in (ocoro.current, ocoro.timeout(1).__enter__):
        try:
            function()
        except RuntimeError:
            continue
        raise AssertionError(function)
    ocoro.sleep(0.001)
    ocoro.yield_now()
    return ocoro.offload(pow, 2, 3)


assert in_real_threads(2, refused) == [8, 8]
print("done")
