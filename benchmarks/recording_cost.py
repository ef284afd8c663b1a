"""What recording costs, measured within one process: with and without it in turns, a few milliseconds each.

Usage: ocoro run --report=none [--trace] benchmarks/recording_cost.py WORK SECONDS, where WORK is ping-pong-1,
ping-pong-50, start+join, http-close or http-keep (the latter two need wrk).

Two runs of the same program differ by more than recording costs, on a machine that others share. Neighbouring slices of
one run hardly do, and noise that lasts longer falls upon both sides. Prints the median of the ratios of processor time
for a piece of work, recorded to not recorded, with its 95 % interval (bootstrap), and the same of recorded to recorded,
which shows what the measurement itself is worth. The latter should be 1.
"""

from __future__ import annotations

import math
import random
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from programs.http_server import Handler, Server

from ocoro.runtime.instance import scheduler

SLICE = 0.02  # seconds
SETTLING = 0.002  # seconds at the start of a slice that are not measured
LEAST_DONE = 10  # pieces of work; a slice with fewer goes on
PATIENCE = 100  # so many times; then there is no measurement
RECORDED = {name: getattr(scheduler.recorder, name) for name in ("ring", "places", "records")}
SAMPLES = 500  # of the bootstrap


class Work:
    """What is measured: threads that call ``done`` for each piece of it, until it is to stop."""

    def __init__(self) -> None:
        self.count = 0
        self.begun = threading.Event()
        self.stops = False

    def done(self) -> None:
        self.count += 1
        if self.count == 1:
            self.begun.set()


def ping(work: Work, sock: socket.socket) -> None:
    with sock:
        while not work.stops:
            sock.send(b"x")
            sock.recv(1)
            work.done()


def pong(sock: socket.socket) -> None:
    with sock:
        while data := sock.recv(1):
            sock.send(data)


@contextmanager
def ping_pong(work: Work, pairs: int) -> Iterator[None]:
    for _ in range(pairs):
        left, right = socket.socketpair()
        threading.Thread(target=ping, args=(work, left)).start()
        threading.Thread(target=pong, args=(right,)).start()
    yield


@contextmanager
def start_and_join(work: Work) -> Iterator[None]:
    def run() -> None:
        while not work.stops:
            thread = threading.Thread(target=work.done)
            thread.start()
            thread.join()

    threading.Thread(target=run).start()
    yield


@contextmanager
def http_server(work: Work, seconds: float, version: str) -> Iterator[None]:
    class Counting(Handler):
        protocol_version = version

        def do_GET(self) -> None:
            super().do_GET()
            work.done()

    class Quiet(Server):
        def handle_error(self, request: object, client_address: object) -> None:
            pass  # wrk leaves in the middle of a request

    with Quiet(("127.0.0.1", 0), Counting) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        command = ["wrk", "-t1", "-c20", f"-d{math.ceil(seconds) + 2}s", f"http://127.0.0.1:{server.server_port}/"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as wrk:
            yield
            wrk.terminate()
        server.shutdown()


def measure(work: Work, is_recorded: bool) -> float:
    """Processor seconds for one piece of work in a slice of its own; infinity if there were too few."""
    for name, value in RECORDED.items():
        setattr(scheduler.recorder, name, value if is_recorded else None)
    time.sleep(SETTLING)
    begin, used = work.count, time.process_time()
    for _ in range(PATIENCE):
        time.sleep(SLICE)
        done = work.count - begin
        if done >= LEAST_DONE:
            return (time.process_time() - used) / done
    return float("inf")


def ratio(work: Work, against_itself: bool) -> float | None:
    """Of two neighbouring slices in either order; None if one of them is no measurement."""
    sides = [True, False]
    random.shuffle(sides)
    cost = {side: measure(work, side or against_itself) for side in sides}
    return None if float("inf") in cost.values() else cost[True] / cost[False]


def summary(ratios: list[float]) -> str:
    if not ratios:
        return "too little was done to be measured"
    medians = sorted(statistics.median(random.choices(ratios, k=len(ratios))) for _ in range(SAMPLES))
    low, high = medians[SAMPLES * 25 // 1000], medians[SAMPLES * 975 // 1000]
    return f"{statistics.median(ratios):.3f} ({low:.3f} to {high:.3f}, {len(ratios)} pairs)"


def main(name: str, seconds: float) -> None:
    work = Work()
    works: dict[str, Callable[[], AbstractContextManager[None]]] = {
        "ping-pong-1": lambda: ping_pong(work, 1),
        "ping-pong-50": lambda: ping_pong(work, 50),
        "start+join": lambda: start_and_join(work),
        "http-close": lambda: http_server(work, seconds, "HTTP/1.0"),
        "http-keep": lambda: http_server(work, seconds, "HTTP/1.1"),
    }
    ratios: dict[bool, list[float]] = {False: [], True: []}
    with works[name]():
        work.begun.wait(10)  # wrk takes a moment
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            for against_itself, found in ratios.items():
                each = ratio(work, against_itself)
                if each is not None:
                    found.append(each)
        measure(work, is_recorded=True)
        work.stops = True
    print(f"{name}: recording {summary(ratios[False])}, itself {summary(ratios[True])}")


if __name__ == "__main__":
    if RECORDED["ring"] is None:
        sys.exit("to be run under `ocoro run`, with a recording")
    main(sys.argv[1], float(sys.argv[2]))
