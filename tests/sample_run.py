"""A small run made by hand, for tests of what shows runs: numbers one can check in one's head.

main (1) starts worker-a (2) and worker-b (3). Both sleep 100 ms; b then waits 50 ms for a lock that a holds, and is
woken by a. Then main receives 512 bytes, is blocked for 30 ms in `hash_it` while b is ready, and joins both.
"""

from __future__ import annotations

from ocoro.cli.recorded.histogram import Histogram, bucket_of
from ocoro.cli.recorded.model import Aggregate, CoroutineRecord, Event, Run, Site

MS = 1_000_000
SLEEP = Site(1, "sleep", "/srv/app/work.py", 12, "work")
LOCK = Site(2, "lock", "/srv/app/work.py", 14, "work")
RECV = Site(3, "recv", "/srv/app/main.py", 40, "fetch")
SEND = Site(4, "send")
HASH = Site(5, "blocked", "/srv/app/main.py", 44, "hash_it")
JOIN = Site(6, "lock", "/srv/app/main.py", 50, "<module>")


def histogram(*milliseconds: float) -> Histogram:
    result = Histogram()
    result.add((bucket_of(each / 1000), 1) for each in milliseconds)
    return result


def sample() -> Run:
    return Run(
        path="/home/ann/.local/state/ocoro/runs/20261123T101500-work-4711.ocoro",
        run_id="20261123T101500-work-4711",
        pid=4711,
        parent=0,
        program="work.py",
        command=("python", "work.py", "--fast"),
        directory="/srv/app",
        python="3.12.1",
        started=1_795_428_900_000_000_000,
        state="ended",
        wall=250 * MS,
        cpu=48 * MS,
        running=70 * MS,
        idle=150 * MS,
        blocked=30 * MS,
        switches=9,
        preemptions=1,
        coroutines=3,
        coroutines_most=3,
        aggregates=[
            Aggregate(SLEEP, 2, 2, 0, 0, 200 * MS, 3 * MS, 100 * MS, 0, 0, histogram(100, 100)),
            Aggregate(LOCK, 1, 1, 0, 0, 50 * MS, 1 * MS, 50 * MS, 0, 0, histogram(50)),
            Aggregate(RECV, 4, 1, 1, 512, 20 * MS, 0, 20 * MS, 0, 0, histogram(20)),
            Aggregate(SEND, 3, 0, 0, 96),
            Aggregate(HASH, 1, 0, 0, 0, 0, 0, 0, 30 * MS, 30 * MS),
            Aggregate(JOIN, 2, 2, 0, 0, 90 * MS, 2 * MS, 80 * MS, 0, 0, histogram(80, 10)),
        ],
        coroutine_records=[
            CoroutineRecord(1, "MainThread", "ended", 0, 250 * MS, 3, 110 * MS, 2 * MS, JOIN, 250 * MS),
            CoroutineRecord(2, "worker-a", "ended", 5 * MS, 180 * MS, 1, 100 * MS, 1 * MS, SLEEP, 180 * MS),
            CoroutineRecord(3, "worker-b", "ended", 6 * MS, 240 * MS, 2, 150 * MS, 3 * MS, LOCK, 240 * MS),
        ],
        events=[
            Event("spawn", 2, 5 * MS, 5 * MS, 5 * MS, waker=1),
            Event("spawn", 3, 6 * MS, 6 * MS, 6 * MS, waker=1),
            Event("wait", 1, 10 * MS, 30 * MS, 30 * MS, RECV, 0, 5, 512, "recv(5<TCP 127.0.0.1:80>, 4096) = 512"),
            Event("call", 1, 31 * MS, 31 * MS, 32 * MS, SEND, 0, 5, 32, "send(5<TCP 127.0.0.1:80>, 32 bytes) = 32"),
            Event("blocked", 1, 40 * MS, 70 * MS, 70 * MS, HASH, value=1),
            Event("wait", 2, 8 * MS, 108 * MS, 109 * MS, SLEEP),
            Event("wait", 3, 9 * MS, 109 * MS, 111 * MS, SLEEP),
            Event("preempt", 2, 125 * MS, 125 * MS, 125 * MS),
            Event("wait", 3, 112 * MS, 162 * MS, 163 * MS, LOCK, waker=2),
            Event("end", 2, 180 * MS, 180 * MS, 180 * MS),
            Event("wait", 1, 100 * MS, 180 * MS, 181 * MS, JOIN, waker=2),
            Event("end", 3, 240 * MS, 240 * MS, 240 * MS),
            Event("wait", 1, 230 * MS, 240 * MS, 241 * MS, JOIN, waker=3),
            Event("end", 1, 250 * MS, 250 * MS, 250 * MS),
        ],
    )
