"""Everything at once, for a time: locks, queues, sockets, timers, forks, signals, real threads, and code that computes
in the middle of each and must be preempted. All of it keeps account, and in the end the accounts must agree.

Usage: mixture.py SEED SECONDS
"""

import gc
import json
import os
import queue
import random
import re
import signal
import socket
import sys
import threading
import time

import invariants

try:
    from ocoro.runtime.originals import start_new_thread as start_real_thread
except ImportError:
    from _thread import start_new_thread as start_real_thread

SEED = sys.argv[1]
END = time.monotonic() + float(sys.argv[2])
STOP = None  # comes last out of a queue

failures = []


def dice(*name):
    return random.Random(f"{SEED} {name}")


def goes_on():
    return time.monotonic() < END


def rounds():
    """One at least."""
    yield
    while goes_on():
        yield


def compute(chance):
    """Python code for up to two time slices, most often for much less."""
    end = time.perf_counter() + chance.choice([0, 0, 0, 0, 0.0001, 0.001, 0.01, 0.02])
    while time.perf_counter() < end:
        pass


def dawdle(chance):
    if chance.random() < 0.3:
        time.sleep(chance.choice([0, 0, 0.0001, 0.001, 0.003]))


class Account:
    """What several threads count; `close` says whether they agree."""

    def __init__(self, name):
        self.name, self.threads, self.sums = name, [], queue.SimpleQueue()

    def start(self, count, work, *args):
        for number in range(count):
            thread = threading.Thread(target=self.run, args=(dice(self.name, number), work, args))
            self.threads.append(thread)
            thread.start()

    def run(self, chance, work, args):
        try:
            self.sums.put(work(chance, *args) or 0)
        except BaseException as error:
            failures.append(f"{self.name}: {error!r}")
            raise

    def total(self):
        for thread in self.threads:
            thread.join()
        total = 0
        while not self.sums.empty():
            total += self.sums.get()
        return total


# -- locks ------------------------------------------------------------------------------


class Guarded:
    """A number that is right only if one at a time changes it."""

    def __init__(self, lock):
        self.lock, self.value, self.inside = lock, 0, 0

    def change(self, chance):
        self.inside += 1
        assert self.inside == 1, "two inside a lock"
        value = self.value
        compute(chance)
        dawdle(chance)
        self.value = value + 1
        self.inside -= 1


def contend(chance, guarded):
    count = 0
    for _ in rounds():
        if chance.random() < 0.5:
            with guarded.lock:
                guarded.change(chance)
                count += 1
        elif guarded.lock.acquire(timeout=chance.choice([0, 0.0001, 0.01])):
            try:
                if type(guarded.lock) is RLOCK:
                    with guarded.lock:
                        compute(chance)
                guarded.change(chance)
            finally:
                guarded.lock.release()
            count += 1
        dawdle(chance)
    return count


RLOCK = type(threading.RLock())


# -- queues ------------------------------------------------------------------------------


def produce(chance, goods):
    total = 0
    for _ in rounds():
        number = chance.randrange(1000)
        goods.put(number)
        total += number
        compute(chance)
        dawdle(chance)
    return total


def consume(chance, goods):
    total = 0
    while (number := take(chance, goods)) is not STOP:
        total += number
        compute(chance)
    return total


def take(chance, goods):
    while True:
        try:
            return goods.get(timeout=chance.choice([None, 0.0001, 0.01]))
        except queue.Empty:
            compute(chance)


# -- sockets ------------------------------------------------------------------------------


def echo(chance, server):
    """Serves one connection after the other."""
    count = 0
    while True:
        connection, _ = server.accept()
        with connection:
            first = connection.recv(1)
            if first == b"!":
                return count
            connection.sendall(first)
            while data := connection.recv(chance.choice([1, 100, 100_000])):
                compute(chance)
                connection.sendall(data)
                count += len(data)


def call(chance, address):
    count = 0
    for _ in rounds():
        with socket.create_connection(address) as sock:
            sock.settimeout(chance.choice([None, 60]))
            sock.sendall(b"?")
            assert sock.recv(1) == b"?"
            for _ in range(chance.randrange(5)):
                count += send_and_receive(chance, sock)
                dawdle(chance)
    return count


def send_and_receive(chance, sock):
    data = chance.randbytes(chance.choice([1, 1000, 20_000]))
    sock.sendall(data)
    back = b""
    while len(back) < len(data):
        compute(chance)
        back += sock.recv(len(data) - len(back))
    assert back == data, "not what was sent"
    return len(data)


def listen_in_vain(chance, sock):
    """Time-outs of a socket that nobody writes to."""
    for _ in rounds():
        sock.settimeout(chance.choice([0.0001, 0.001, 0.02]))
        try:
            sock.recv(1)
        except TimeoutError:
            compute(chance)
        else:
            raise AssertionError("somebody wrote")


# -- timers ------------------------------------------------------------------------------


def doze(chance):
    for _ in rounds():
        nap = chance.choice([0, 0.0001, 0.001, 0.01])
        begin = time.monotonic()
        time.sleep(nap)
        assert time.monotonic() - begin >= nap, "woken too early"
        compute(chance)


def ring(chance):
    """Events that a timer sets, and some that it does not."""
    for _ in rounds():
        event = threading.Event()
        timer = threading.Timer(chance.choice([0.0001, 0.005]), event.set)
        timer.start()
        if chance.random() < 0.2:
            timer.cancel()
            event.wait(0.002)
        else:
            assert event.wait(60), "a timer did not ring"
        timer.join()


# -- conditions ------------------------------------------------------------------------------


def meet(chance, barrier):
    count = 0
    while True:
        compute(chance)
        dawdle(chance)
        barrier.wait()
        count += 1
        if barrier.wait() == 0:
            barrier.is_over = not goes_on()
        barrier.wait()
        if barrier.is_over:
            return count


def pass_on(chance, condition, box):
    """Whose turn it is takes the number out of the box and puts it back."""
    count = 0
    for _ in rounds():
        with condition:
            while not box and goes_on():
                condition.wait(chance.choice([None, 0.001]) if box else 0.01)
            if box:
                number = box.pop()
                compute(chance)
                box.append(number + 1)
                count += 1
            condition.notify(chance.randrange(1, 3))
        dawdle(chance)
    return count


# -- computing ------------------------------------------------------------------------------


class Fragile:
    """Its destructor computes, and takes a lock."""

    lock = threading.RLock()
    alive = 0

    def __init__(self):
        self.ring = self
        with self.lock:
            Fragile.alive += 1

    def __del__(self):
        compute(random)
        with self.lock:
            Fragile.alive -= 1


def crunch(chance):
    works = [sort, substitute, decode, handle_errors, generate, make_garbage, descend]
    for _ in rounds():
        chance.choice(works)(chance)


def sort(chance):
    numbers = [chance.random() for _ in range(30)]
    assert sorted(numbers, key=lambda number: compute(chance) or number) == sorted(numbers)


def substitute(chance):
    assert re.sub("[0-9]", lambda found: compute(chance) or f"<{found[0]}>", "a1b2") == "a<1>b<2>"


def decode(chance):
    pairs = json.loads('{"a": {"b": {}}}', object_pairs_hook=lambda pairs: compute(chance) or len(pairs))
    assert pairs == 1


def handle_errors(chance):
    try:
        raise LookupError(threading.get_ident())
    except LookupError as error:
        compute(chance)
        dawdle(chance)
        assert sys.exc_info()[1] is error
        assert error.args == (threading.get_ident(),)
        try:
            raise ValueError from error
        except ValueError as second:
            compute(chance)
            assert second.__cause__ is error
        assert sys.exc_info()[1] is error


def generate(chance):
    def numbers():
        try:
            for number in range(20):
                compute(chance)
                yield number
        finally:
            dawdle(chance)

    assert sum(number for number in numbers()) == 190
    next(numbers())


def make_garbage(chance):
    for _ in range(5):
        Fragile()
    if chance.random() < 0.3:
        gc.collect()


def descend(chance, depth=50):
    if depth:
        return descend(chance, depth - 1) + 1
    compute(chance)
    dawdle(chance)
    return 0


# -- processes and signals ------------------------------------------------------------------------------


def fork(chance, shared):
    count = 0
    for _ in rounds():
        with shared.lock if chance.random() < 0.5 else threading.Lock():
            pid = os.fork()
            if not pid:
                os._exit(child(chance))
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        assert status == 7, f"a child ended with {status}"
        count += 1
        time.sleep(chance.uniform(0.01, 0.05))
    return count


def child(chance):
    """Some threads of its own; returns the exit status."""
    results = queue.Queue()
    threads = [threading.Thread(target=lambda: (compute(chance), results.put(1))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    mine, other = socket.socketpair()
    threading.Timer(0.001, other.sendall, (b"x",)).start()
    return 7 if mine.recv(1) == b"x" and sum(results.get() for _ in range(3)) == 3 else 8


def send_signals(chance, received):
    """Each is waited for, as two of the same number that are pending at once are one."""
    count = 0
    for _ in rounds():
        os.kill(os.getpid(), signal.SIGUSR1)
        count += 1
        while received[0] < count:
            time.sleep(0.0005)
        compute(chance)
        dawdle(chance)
    return count


# -- real threads ------------------------------------------------------------------------------


def trade_with_real_threads(chance):
    """A real thread answers by a queue or an event."""
    questions, answers = queue.SimpleQueue(), queue.Queue(maxsize=1)

    def answer():
        while (number := questions.get()) is not STOP:
            answers.put(number * 2)
        answers.put(STOP)

    start_real_thread(answer, ())
    count = 0
    for _ in rounds():
        questions.put(count)
        compute(chance)
        assert answers.get() == 2 * count
        count += 1
        dawdle(chance)
    questions.put(STOP)
    assert answers.get() is STOP


def handler(number, frame):
    assert threading.current_thread() is threading.main_thread()
    received[0] += 1
    compute(random)


received = [0]


def main():
    os.register_at_fork(before=gc.disable, after_in_parent=gc.enable)  # a destructor in a child would want locks
    signal.signal(signal.SIGUSR1, handler)
    invariants.watch()
    lock, rlock = Guarded(threading.Lock()), Guarded(threading.RLock())
    goods, simple = queue.Queue(maxsize=3), queue.SimpleQueue()
    server = socket.create_server(("127.0.0.1", 0), backlog=50)
    barrier = threading.Barrier(3)
    accounts = {}

    def start(name, count, work, *args):
        accounts[name] = Account(name)
        accounts[name].start(count, work, *args)

    start("lock", 4, contend, lock)
    start("rlock", 4, contend, rlock)
    for name, each in (("queue", goods), ("simple queue", simple)):
        start(f"{name} in", 3, produce, each)
        start(f"{name} out", 3, consume, each)
    start("echo", 3, echo, server)
    start("call", 4, call, server.getsockname())
    silent = socket.socketpair()
    start("silence", 2, listen_in_vain, silent[0])
    start("doze", 4, doze)
    start("timers", 2, ring)
    start("barrier", 3, meet, barrier)
    condition, box = threading.Condition(), [0]
    start("condition", 3, pass_on, condition, box)
    start("crunch", 3, crunch)
    start("fork", 2, fork, lock)
    start("signals", 1, send_signals, received)
    start("real threads", 2, trade_with_real_threads)

    for _ in rounds():
        time.sleep(0.01)
        compute(random)

    totals = {}
    for name, account in accounts.items():
        if name.endswith(" out"):
            for _ in account.threads:
                (simple if name.startswith("simple") else goods).put(STOP)
        totals[name] = None if name == "echo" else account.total()
    for _ in accounts["echo"].threads:
        with socket.create_connection(server.getsockname()) as sock:
            sock.sendall(b"!")
    totals["echo"] = accounts["echo"].total()
    judge(totals, lock, rlock, box)


def judge(totals, lock, rlock, box):
    print("lock", totals["lock"] == lock.value)
    print("rlock", totals["rlock"] == rlock.value)
    print("queue", totals["queue in"] == totals["queue out"])
    print("simple queue", totals["simple queue in"] == totals["simple queue out"])
    print("sockets", totals["call"] == totals["echo"])
    print("condition", totals["condition"] == box[0])
    print("barrier", totals["barrier"] % 3 == 0 < totals["barrier"])
    print("signals", totals["signals"] == received[0] > 0)
    print("forks", totals["fork"] > 0)
    gc.collect()
    print("garbage", Fragile.alive == 0)
    print("failures", failures)


main()
