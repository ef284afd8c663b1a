"""Seeded programs that press the runtime hard; what they print is asserted, and that they end, never how fast.

Each is an ordinary program, so it must print the same under plain python, on a scale that real threads can bear.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from interpreters import Interpreter
from jobs.runner import OCORO, PYTHON, Report, run
from process import Result

PROGRAMS = Path(__file__).parent / "programs"
LAUNCHERS = {"python": PYTHON, "ocoro": OCORO}

# For how long the mixture is stirred each time; a run of minutes also takes another seed each time.
STIR = float(os.environ.get("OCORO_STRESS_SECONDS", "3"))

seeds = pytest.mark.parametrize("seed", [1, 2, 3])


@pytest.fixture(params=LAUNCHERS)
def launcher(request: pytest.FixtureRequest) -> tuple[str, ...]:
    return LAUNCHERS[request.param]


def run_well(launcher: tuple[str, ...], program: str, *args: object) -> list[str]:
    """What a program that must end well printed, line by line."""
    outcome = run(launcher, PROGRAMS / program, *args)
    assert outcome.status == 0, outcome.err
    return outcome.out.splitlines()


def run_big(program: str, *args: object) -> tuple[list[str], Report]:
    """The same under ocoro only, on a scale that is beyond real threads; with the report."""
    outcome = run(OCORO, PROGRAMS / program, *args)
    assert outcome.status == 0, outcome.err
    return outcome.out.splitlines(), outcome.report


@seeds
def test_no_wake_up_is_lost(launcher: tuple[str, ...], seed: int) -> None:
    rounds = 100
    pairs = [2 * rounds] * 4
    names = ["lock", "lock with limits", "event", "semaphore", "semaphore with limits"]
    names += ["condition", "condition with limits", "queue", "simple queue"]
    assert run_well(launcher, "handovers.py", seed, rounds) == [
        *(f"{name} {pairs}" for name in names),
        f"crowd at a lock {8 * rounds} True",
        f"crowd at an rlock {8 * rounds} True",
        f"owners {8 * rounds}",
        f"narrow door {8 * rounds} True [True, True, True, False]",
        *(f"{name} True True" for name in ("bounded queue", "queue", "simple queue", "priority queue")),
        "starting gun True",
        "gatherings True",
    ]


@seeds
def test_closed_sockets_and_reused_numbers(launcher: tuple[str, ...], seed: int) -> None:
    rounds = 4
    assert run_well(launcher, "closed_sockets.py", seed, rounds) == [
        f"accepted {4 * rounds}",
        f"ended {24 * rounds}",
        f"listener ended {12 * rounds}",
        f"right data {48 * rounds}",
        f"sender ended {24 * rounds}",
    ]


@seeds
def test_two_threads_read_one_fd(launcher: tuple[str, ...], seed: int) -> None:
    assert run_well(launcher, "one_fd.py", seed, 30) == ["66 pairs, wrong []"]


@pytest.mark.parametrize("preempts", [True, False])
def test_two_threads_read_one_fd_without_the_parts_in_c(ocoro: Callable[..., Result], preempts: bool) -> None:
    options = ["--quiet"] if preempts else ["--quiet", "--no-preempt"]
    program = str(PROGRAMS / "one_fd.py")
    done = ocoro(*options, program, "4", "30", env={**os.environ, "OCORO_PURE_PYTHON": "1"}, limit=60)
    assert (done.out, done.err, done.status) == ("66 pairs, wrong []\n", "", 0), done


@seeds
def test_fork_amid_threads(launcher: tuple[str, ...], seed: int) -> None:
    child, status, others = run_well(launcher, "forks.py", seed, 5)
    assert child == (
        "{'threads': ['forker'], 'main': True, 'held': False, 'jobs': [0, 1, 4, 9, 16, 25, 36, 49, 64, 81],"
        " 'socket': 'ping', 'event': False, 'left': 1} 30"
    )
    assert status == "('status', 7) 30"
    assert others == "others had turns ['contend', 'hear', 'receive']"


def many_threads(count: int) -> list[str]:
    return [
        "in a row True 1",
        "relay True",
        f"together True {count} 0",
        f"passed {count} True False",
    ]


def test_many_threads_one_after_another_and_at_once(launcher: tuple[str, ...]) -> None:
    assert run_well(launcher, "many_threads.py", 1000) == many_threads(1000)


def test_20000_threads_one_after_another_and_at_once() -> None:
    lines, report = run_big("many_threads.py", 20_000)
    assert lines == many_threads(20_000)
    assert report.most >= 20_001, report
    assert report.coroutines >= 60_001, report


def test_threads_all_asleep_at_once(launcher: tuple[str, ...]) -> None:
    assert run_well(launcher, "sleepers.py", 1000, 0.5) == ["in bed 1000 rested 1000 early 0"]


def test_100000_threads_all_asleep_at_once() -> None:
    lines, report = run_big("sleepers.py", 100_000, 8)
    assert lines == ["in bed 100000 rested 100000 early 0"]
    assert report.most >= 100_001, report
    assert report.count("sleep") >= 100_000, report
    assert report.waits >= 100_000 * 8, report


def test_threads_50000_frames_deep(launcher: tuple[str, ...]) -> None:
    several, depth, exception, too_deep = run_well(launcher, "deep_frames.py", 50_000)
    assert several == "several at once [50000, 50000, 50000, 50000]"
    assert depth == "from the depth 100000"
    assert exception == "out by exception ('bottom', 50003)"
    assert too_deep.startswith("too deep maximum recursion depth exceeded")
    assert too_deep.endswith("and again 50000")


def test_who_never_stops_yielding_starves_nobody(launcher: tuple[str, ...]) -> None:
    assert run_well(launcher, "fairness.py", 200, 50) == [
        "pings 200 ticks 50 timers 50 time-outs 50",
        "still busy 5 had turns 5",
    ]


@pytest.mark.parametrize(
    ("way", "status", "last"),
    [
        ("return", 0, ["main ends", "all workers ended", "atexit 100"]),
        ("exit", 3, ["main ends", "all workers ended", "atexit 100"]),
        ("error", 1, ["main ends", "all workers ended", "atexit 100"]),
        ("at-once", 4, ["main ends"]),
    ],
)
def test_main_ends_before_its_threads(launcher: tuple[str, ...], way: str, status: int, last: list[str]) -> None:
    outcome = run(launcher, PROGRAMS / "main_ends.py", way, 50)
    assert (outcome.out.splitlines(), outcome.status) == (last, status), outcome.err
    assert outcome.err.count("Traceback") == (way == "error"), outcome.err


MIXED = ["lock", "rlock", "queue", "simple queue", "sockets", "condition", "barrier", "signals", "forks", "garbage"]


@pytest.mark.parametrize("options", [["--slice=1"], ["--no-record"]])
def test_everything_at_once(ocoro: Callable[..., Result], interpreter: Interpreter, options: list[str]) -> None:
    """With the scheduler's invariants checked all the time."""
    seed = random.randrange(1 << 32) if STIR > 30 else 1
    program = ["-W", "ignore::DeprecationWarning", str(PROGRAMS / "mixture.py"), str(seed), str(STIR)]  # of the forks
    done = ocoro("--quiet", *options, *program, interpreter=interpreter, limit=60 + 3 * STIR)
    assert done.out.splitlines() == [*(f"{name} True" for name in MIXED), "failures []"], (seed, done)
    assert (done.err, done.status) == ("", 0), seed


def test_everything_at_once_under_python(python: Callable[..., Result]) -> None:
    done = python(str(PROGRAMS / "mixture.py"), "1", "1")
    assert done.out.splitlines() == [*(f"{name} True" for name in MIXED), "failures []"], done
