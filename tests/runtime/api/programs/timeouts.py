"""Time-outs around blocking code, in main, in a coroutine and in a thread. Says which case is begun, and asserts."""

import os
import queue
import socket
import threading
import time

import ocoro

LONG = 1000


def expires(seconds, function, *args):
    try:
        with ocoro.timeout(seconds):
            function(*args)
    except TimeoutError as error:
        assert type(error.__cause__).__mro__[1] is ocoro.Cancelled
        return True
    return False


def calls():
    left, right = socket.socketpair()
    items, event, lock = queue.Queue(), threading.Event(), threading.Lock()
    lock.acquire()
    for function, *args in (
        [time.sleep, LONG],
        [left.recv, 1],
        [items.get],
        [event.wait],
        [lock.acquire],
        [ocoro.offload, time.sleep, 0.1],
        [ocoro.spawn(time.sleep, LONG).join],
    ):
        assert expires(0.005, function, *args), function
    right.sendall(b"kept")
    assert left.recv(10) == b"kept"
    items.put(1)
    assert items.get(timeout=10) == 1


def in_time():
    with ocoro.timeout(LONG) as block:
        time.sleep(0.001)
    assert block.seconds == LONG
    with ocoro.timeout(None):
        time.sleep(0.001)
    with ocoro.timeout(0):
        pass  # nothing waits


def own_block_only():
    try:
        with ocoro.timeout(0.005), ocoro.timeout(LONG):
            time.sleep(LONG)
    except TimeoutError as error:
        assert str(error) == "0.005 s are over"
    with ocoro.timeout(LONG):
        assert expires(0.005, time.sleep, LONG)
        time.sleep(0.001)
    assert expires(0.02, expires, LONG, time.sleep, LONG)
    with ocoro.timeout(LONG):
        for _ in range(3):
            assert expires(0.002, time.sleep, LONG)


def together():
    """Both are over at the same time: the outer one does not disturb what comes after it."""
    raised = []
    try:
        with ocoro.timeout(0.005):
            try:
                with ocoro.timeout(0.004):
                    end = time.monotonic() + 0.05
                    while time.monotonic() < end:
                        pass
                    time.sleep(LONG)
            except TimeoutError as error:
                raised.append(str(error))
                time.sleep(LONG)
    except TimeoutError as error:
        raised.append(str(error))
    assert raised[-1] == "0.005 s are over", raised
    time.sleep(0.01)


def same_moment():
    """The inner wait ends when the time is over, or just before, or just after: all is well either way."""
    late = 0
    for offset in range(-10, 11):
        gate = threading.Event()
        timer = ocoro.spawn(lambda gate=gate: (time.sleep(0.003), gate.set()))
        try:
            with ocoro.timeout(0.003 + offset * 1e-5):
                gate.wait()
        except TimeoutError:
            late += 1
        timer.join()
        time.sleep(0)
    assert 0 <= late <= 21


def swallowed():
    """Who catches the cancellation inside the block has gone on."""
    with ocoro.timeout(0.005):
        try:
            time.sleep(LONG)
        except ocoro.Cancelled:
            pass
        time.sleep(0.001)


def other_errors():
    for error in KeyError, TimeoutError:
        try:
            with ocoro.timeout(LONG):
                raise error("mine")
        except error as caught:
            assert caught.args == ("mine",) and caught.__cause__ is None


def cancelled_in_block():
    def wait():
        with ocoro.timeout(LONG):
            time.sleep(LONG)

    coroutine = ocoro.spawn(wait)
    ocoro.yield_now()
    coroutine.cancel()
    coroutine.join(10)
    assert coroutine.state is ocoro.State.CANCELLED


def socket_timeout_inside():
    left, _right = socket.socketpair()
    left.settimeout(0.002)
    with ocoro.timeout(LONG):
        try:
            left.recv(1)
        except TimeoutError as error:
            assert str(error) == "timed out"


def many():
    def wait(number):
        return expires(0.001 * (number % 10), time.sleep, 0.001 * (number % 7))

    waiting = [ocoro.spawn(wait, number) for number in range(500)]
    ocoro.wait_all(waiting, 20)


def computing():
    def spin():
        while True:
            pass

    ticker = ocoro.spawn(time.sleep, LONG)  # somebody to preempt for
    assert expires(0.005, spin)
    ticker.cancel()


def misuse():
    block = ocoro.timeout(LONG)
    with block:
        pass
    for wrong, kind in ((lambda: block.__enter__(), RuntimeError), (lambda: ocoro.timeout("1"), TypeError)):
        try:
            wrong()
        except kind:
            continue
        raise AssertionError(kind)

    def real_thread():
        with ocoro.timeout(1):
            pass

    try:
        ocoro.offload(real_thread)
    except RuntimeError as error:
        assert "real thread" in str(error)


def forked():
    with ocoro.timeout(LONG):
        pid = os.fork()
        if not pid:
            os._exit(0 if expires(0.005, time.sleep, LONG) and expires(0.005, time.sleep, LONG) else 1)
        assert os.waitpid(pid, 0)[1] == 0
    for size in 1, 5_000_000:  # the second time it is over before the fork
        try:
            with ocoro.timeout(0.02):
                sum(range(size))
                pid = os.fork()
                time.sleep(LONG)
        except TimeoutError:
            if not pid:
                os._exit(0)
        assert os.waitpid(pid, 0)[1] == 0


CASES = [
    value for value in list(vars().values()) if getattr(value, "__module__", None) == __name__ and value != expires
]
for case in CASES:
    print(case.__name__, flush=True)
    case()
    if case is not forked:
        ocoro.spawn(case).result(30)
        thread = threading.Thread(target=case)
        thread.start()
        thread.join()
