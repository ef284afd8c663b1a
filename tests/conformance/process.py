"""Runs the cases of one module in a process, and again without the case that hung or crashed, until all have run."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import MappingProxyType

from conformance.inside.cases import SHOW_STACKS

INSIDE = Path(__file__).with_name("inside")
PASSED = frozenset({"ok", "expected"})
PATIENCE = 60.0  # seconds without a word from a case that plain python ends at once
SLOWER = 5.0  # times plain python's time, on top of that
STARTS = 12  # of one module; every hang and every crash costs one
_MARK = "CONFORMANCE_RUN"
_STACKS_TAKE = 1.5  # seconds


@dataclass(frozen=True, slots=True)
class Outcome:
    outcome: str  # one of cases.OUTCOMES, or hung, crashed, not run
    seconds: float = 0.0
    error: str = ""

    @property
    def passed(self) -> bool:
        return self.outcome in PASSED

    @property
    def line(self) -> str:
        """What happened, in one line."""
        last = self.error.strip().splitlines()[-1:] or [""]
        return f"{self.outcome}: {last[0].strip()[:200]}"


Outcomes = Mapping[str, Outcome]


@dataclass(frozen=True, slots=True)
class Module:
    """What one process runs: test cases whose ids begin with its name."""

    name: str
    arguments: tuple[str, ...] = (str(INSIDE / "cases.py"),)  # of python, to run what the orders name
    folder: Path | None = None  # to run in; None: an empty one
    environment: Mapping[str, str] = field(default_factory=dict)

    def holds(self, case: str) -> bool:
        return case.startswith((f"{self.name}.", f"{self.name}::", f"{self.name} "))


def as_json(outcomes: Outcomes) -> dict[str, object]:
    return {case: asdict(outcome) for case, outcome in outcomes.items()}


def from_json(data: Mapping[str, Mapping[str, object]]) -> Outcomes:
    return {case: Outcome(**outcome) for case, outcome in data.items()}  # type: ignore[arg-type]


def run_module(
    launcher: Sequence[str],
    module: Module,
    only: Collection[str] | None = None,
    without: Outcomes = MappingProxyType({}),
    usual: Callable[[str], float] = lambda case: 0.0,
) -> Outcomes:
    """Every case of `module` and how it ended. `usual` tells how many seconds a case takes under plain python.

    One more case, ``NAME (exit)``, is the end of the process behind the last case. `without` is what not to run.
    """
    outcomes = dict(without)
    for _ in range(STARTS):
        with _Attempt(launcher, module, outcomes, only) as attempt:
            if attempt.watch(usual):
                return outcomes
    for case in only or ():
        outcomes.setdefault(case, Outcome("not run", 0.0, f"{module.name} was started {STARTS} times"))
    return outcomes


class _Attempt:
    """One process, in a folder of its own; with everything that it started it ends at the end of the `with` block."""

    def __init__(
        self, launcher: Sequence[str], module: Module, outcomes: dict[str, Outcome], only: Collection[str] | None
    ) -> None:
        self._name, self._outcomes = module.name, outcomes
        self._folder = Path(tempfile.mkdtemp(prefix="cf-"))  # short: sockets have names in it
        self._log, self._output = self._folder / "log", self._folder / "output"
        self._mark = uuid.uuid4().hex
        self._read = 0
        self._running = ""
        self._done = False
        self._heard = time.monotonic()
        orders = self._folder / "orders"
        wanted = None if only is None else sorted(only)
        orders.write_text(
            json.dumps({"module": module.name, "log": str(self._log), "without": sorted(outcomes), "only": wanted})
        )
        work = self._folder / "w"
        work.mkdir()
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                [*launcher, *module.arguments],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=module.folder or work,
                env={**self._environment(work, orders), **module.environment}, start_new_session=True,
            )  # fmt: skip

    def _environment(self, work: Path, orders: Path) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "OCORO", "PYTEST"))}
        return {**kept, "TMPDIR": str(work), "CONFORMANCE_ORDERS": str(orders), _MARK: self._mark}

    def __enter__(self) -> _Attempt:
        return self

    def __exit__(self, *_: object) -> None:
        _kill_group(self._process.pid)
        self._process.wait()
        for pid in _marked(self._mark):
            _kill(pid)
        shutil.rmtree(self._folder, ignore_errors=True)

    def watch(self, usual: Callable[[str], float]) -> bool:
        """Wait until the process ends or says nothing for too long; True when nothing is left to be run."""
        while self._process.poll() is None:
            self._take_in()
            limit = PATIENCE + SLOWER * usual(self._running)
            if time.monotonic() - self._heard > limit:
                self._lose("hung", f"said nothing for {limit:.0f} s\n{self._stacks()}")
                return self._done
            time.sleep(0.05)
        self._take_in()
        if self._done and self._process.returncode == 0:
            self._outcomes[f"{self._name} (exit)"] = Outcome("ok")
        else:
            self._lose("crashed", f"{self._tail()}\nended with status {self._process.returncode}")
        return self._done

    def _lose(self, how: str, why: str) -> None:
        """The running case is lost; or the end, if all have run; or the whole module, if none had begun."""
        case = f"{self._name} (exit)" if self._done else self._running or f"{self._name} (between cases)"
        if case in self._outcomes:  # a second time outside all cases: there is nothing to leave out
            self._done = True
        self._outcomes[case] = Outcome(how, round(time.monotonic() - self._heard, 1), why)

    def _take_in(self) -> None:
        if not self._log.exists():
            return
        with self._log.open("rb") as log:
            log.seek(self._read)
            new = log.read()
        whole = new[: new.rfind(b"\n") + 1]
        self._read += len(whole)
        for line in whole.splitlines():
            self._hear(json.loads(line))

    def _hear(self, said: dict[str, str]) -> None:
        self._heard = time.monotonic()
        if said["event"] == "start":
            self._running = said["id"]
        elif said["event"] == "end":
            self._running = ""
            self._keep(said["id"], Outcome(said["outcome"], float(said["seconds"]), said["error"]))
        else:
            self._done = True

    def _keep(self, case: str, outcome: Outcome) -> None:
        """Two cases of one name pass if both do."""
        known = self._outcomes.get(case)
        if known is None or known.passed:
            self._outcomes[case] = outcome

    def _stacks(self) -> str:
        """Have the process say where its threads are, then what the interpreter itself knows."""
        for number in (SHOW_STACKS, signal.SIGABRT):
            try:
                self._process.send_signal(number)
                self._process.wait(_STACKS_TAKE)
            except subprocess.TimeoutExpired:
                continue
        return self._tail()

    def _tail(self) -> str:
        return self._output.read_bytes()[-6000:].decode(errors="replace")


def _marked(mark: str) -> list[int]:
    """The processes that have our mark in their environment: what a test started and left behind."""
    wanted = f"{_MARK}={mark}".encode()
    return [int(path.name) for path in Path("/proc").glob("[0-9]*") if wanted in _environ(path).split(b"\0")]


def _environ(process: Path) -> bytes:
    try:
        return (process / "environ").read_bytes()
    except OSError:
        return b""


def _kill_group(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        pass


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
