"""The interpreters that the tests run programs under.

``OCORO_TEST_PYTHONS`` (a path list) wins: those are used as they are and must have ocoro installed. Otherwise it is the
running interpreter and each other supported CPython of this machine. Where ocoro's start-up line is missing, a virtual
environment with the checkout in it is made, once for a whole test session. The first interpreter is the default one.

A version manager's ``python3.N`` may be on PATH and still refuse to run, so every candidate is asked for its version.
"""

from __future__ import annotations

import fcntl
import functools
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import astuple, dataclass, replace
from pathlib import Path

VERSIONS = ("3.11", "3.12", "3.13")
REPOSITORY = Path(__file__).resolve().parent.parent
_FOUND = "PYTEST_FOUND_INTERPRETERS"  # an environment variable: what was found, for the workers of this session
_ASK = (
    "import ensurepip, sys, venv; print('%s %d.%d' % (sys.implementation.name, *sys.version_info[:2]), sys.executable)"
)


@dataclass(frozen=True, slots=True)
class Interpreter:
    path: str
    version: str  # major and minor only
    ready: bool  # ocoro and its start-up line are installed there

    def __str__(self) -> str:
        return self.version


@functools.cache
def found() -> tuple[Interpreter, ...]:
    """All interpreters to test, the default one first; who asks first in a session tells its workers."""
    if _FOUND not in os.environ:
        os.environ[_FOUND] = json.dumps([astuple(each) for each in _looked_for()])
    return tuple(Interpreter(*each) for each in json.loads(os.environ[_FOUND]))


def _looked_for() -> Iterator[Interpreter]:
    given = os.environ.get("OCORO_TEST_PYTHONS")
    if given:
        yield from (Interpreter(path, _asked(path)[0], True) for path in given.split(os.pathsep))
        return
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    yield Interpreter(sys.executable, version, _has_start_line())
    yield from _others(version)


def ready(interpreter: Interpreter, folder: Path) -> Interpreter:
    """The interpreter, or its virtual environment in ``folder``, which is made when it is not there yet."""
    if interpreter.ready:
        return interpreter
    home = folder / f"python{interpreter.version}"
    done = home / "done"
    with (folder / "interpreters.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # other workers of the session wait here
        if not done.exists():
            _make(interpreter, home)
            done.touch()
    return replace(interpreter, path=str(home / "bin" / "python"), ready=True)


def _make(interpreter: Interpreter, home: Path) -> None:
    """Raise RuntimeError with pip's own words when there is no way to install the checkout."""
    python = str(home / "bin" / "python")
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-e", str(REPOSITORY)]
    for command in ([interpreter.path, "-m", "venv", "--clear", str(home)], install):
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300)
        if done.returncode:
            hint = "name ready environments in OCORO_TEST_PYTHONS to do without"
            raise RuntimeError(f"cannot install ocoro for Python {interpreter.version} ({hint}):\n{done.stdout}")


def _others(mine: str) -> Iterator[Interpreter]:
    for version in VERSIONS:
        usable = (real for path in _candidates(version) for asked, real in [_asked(path)] if asked == version)
        path = next(usable, None) if version != mine else None
        if path:
            yield Interpreter(path, version, False)


def _candidates(version: str) -> Iterator[str]:
    on_path = shutil.which(f"python{version}")
    if on_path:
        yield on_path
    for folder in sorted((_pyenv_root() / "versions").glob(f"{version}.*"), reverse=True):
        yield str(folder / "bin" / "python")


@functools.cache
def _pyenv_root() -> Path:
    try:
        asked = subprocess.run(["pyenv", "root"], capture_output=True, text=True, timeout=30)
    except OSError:
        return Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser()
    return Path(asked.stdout.strip())


def _asked(path: str) -> tuple[str, str]:
    """``3.N`` and the executable behind ``path``, if that is a CPython that runs and can make virtual environments."""
    try:
        asked = subprocess.run([path, "-c", _ASK], capture_output=True, text=True, timeout=30)
    except OSError:
        return "unusable", path
    match asked.stdout.split(maxsplit=2):
        case ["cpython", version, real]:
            return version, real.strip()
    return "unusable", path


def _has_start_line() -> bool:
    folder = Path(sysconfig.get_path("purelib"))
    return importlib.util.find_spec("ocoro") is not None and (folder / "ocoro.pth").exists()
