"""What the tests share: the interpreters, and running a program under plain ``python`` and under ``ocoro run``."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from interpreters import Interpreter, found, ready
from process import Result, run

# Started from a background job of a shell, or by nohup, we would hand these down ignored to every program.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGQUIT, signal.SIG_DFL)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
os.environ.pop("PYTHONUNBUFFERED", None)  # programs write as they do where nobody has set anything

Runner = Callable[..., Result]


HERE = Path(__file__).parent
PROGRAMS = {"interpreter", "interpreters", "default_interpreter"}  # fixtures of tests that run programs
LONG = (  # so that no worker is left alone with them at the end
    "conformance/test_conformance.py",
    "heartbeats",
    "jobs",
    "stress",
    "package/test_install.py",
    "benchmarks",
    "cli/export",
)


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Use all cores, unless one test is named, its output is to be seen, or pytest-xdist is told what to do."""
    option = config.option
    if not config.pluginmanager.hasplugin("xdist") or option.numprocesses is not None or option.dist != "no":
        return
    if "PYTEST_XDIST_WORKER" in os.environ:  # one of those workers
        return
    one_test = all("::" in word for word in config.args)
    if not (one_test or option.usepdb or option.collectonly or option.capture == "no"):
        cores = len(os.sched_getaffinity(0))
        option.numprocesses = cores
        option.maxschedchunk = 1  # keeps the order, which is that of `pytest_collection_modifyitems`


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """First what runs no program, which says something within seconds, then what takes long, then the rest."""
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> tuple[int, int]:
    path = item.path.relative_to(HERE).as_posix() if item.path.is_relative_to(HERE) else ""
    for rank, name in enumerate(LONG):
        if path == name or path.startswith(f"{name}/"):
            return 1, rank
    return (2 if PROGRAMS.intersection(getattr(item, "fixturenames", ())) else 0), 0


@pytest.fixture(scope="session", autouse=True)
def state_home(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What programs of the tests record goes to a folder of this session, not among the user's own runs."""
    os.environ["XDG_STATE_HOME"] = str(tmp_path_factory.mktemp("state"))


@pytest.fixture(scope="session")
def environments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder for virtual environments, one for all workers of this session."""
    mine = tmp_path_factory.getbasetemp()
    return mine.parent if "PYTEST_XDIST_WORKER" in os.environ else mine


@pytest.fixture(scope="session")
def interpreters(environments: Path) -> list[Interpreter]:
    """All interpreters, with ocoro installed; the default one first."""
    return [ready(each, environments) for each in found()]


@pytest.fixture(scope="session", params=found(), ids=str)
def interpreter(request: pytest.FixtureRequest, environments: Path) -> Interpreter:
    """Makes one test for each interpreter."""
    return ready(request.param, environments)


@pytest.fixture(scope="session")
def default_interpreter(environments: Path) -> Interpreter:
    return ready(found()[0], environments)


@pytest.fixture(scope="session")
def python(default_interpreter: Interpreter) -> Runner:
    """``python("script.py", "arg", stdin=..., env=..., cwd=..., limit=...)`` runs plain python."""

    def python(*args: str, interpreter: Interpreter = default_interpreter, **how: object) -> Result:
        return run([interpreter.path, *args], **how)  # type: ignore[arg-type]

    return python


@pytest.fixture(scope="session")
def ocoro(default_interpreter: Interpreter) -> Runner:
    """``ocoro("--quiet", "script.py", ...)`` runs ``ocoro run``, in all else like ``python``."""

    def ocoro(*args: str, interpreter: Interpreter = default_interpreter, **how: object) -> Result:
        # -P: like the console script, keep modules of the current directory away from the launcher itself.
        return run([interpreter.path, "-P", "-m", "ocoro", "run", *args], **how)  # type: ignore[arg-type]

    return ocoro
