"""Every guest program must end the same under ``ocoro run`` as under plain ``python``: stdout, stderr and status.

A guest is ``guests/<area>_<what>.py``, or a folder of that name. It runs in its own folder and must print the same
each time under plain python. Comment lines at the top of the file (of any file, in a folder) declare special needs:

    # flags: -O -W error            flags of the interpreter
    # as: -m pkg                    the target instead of the file; {file} {path} {code} {zip} stand for the guest's
                                    main file, its absolute path, its text, and a zip archive of its folder
    # args: a "b c"                 the program's arguments
    # stdin: text                   a line on its standard input (repeatable); {code} is the guest's text
    # env: NAME=value OTHER=        variables to set, or with nothing after = to remove
    # redirect: >&-                 a redirection, done by sh
    # signal: TERM after ready      send SIGTERM once the line "ready" is on stdout
    # ends: 1                       the exit status, 0 when not given; negative for a signal
    # stderr: yes                   writes to stderr; a guest that does so undeclared is broken
"""

from __future__ import annotations

import difflib
import os
import re
import shlex
import shutil
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from interpreters import Interpreter
from process import Result

Runner = Callable[..., Result]
GUESTS = Path(__file__).resolve().parent / "guests"
KEYS = {"flags", "as", "args", "stdin", "env", "redirect", "signal", "ends", "stderr"}


@dataclass(frozen=True)
class Guest:
    """A guest program with its declared needs, the values as they stand in the file."""

    main: Path
    needs: dict[str, list[str]]

    @classmethod
    def read(cls, path: Path) -> Guest:
        files = sorted(path.rglob("*.py")) if path.is_dir() else [path]
        needs: dict[str, list[str]] = {}
        for key, value in (line for file in files for line in _header(file)):
            assert key in KEYS, f"{path}: unknown header {key!r}"
            needs.setdefault(key, []).append(value)
        return cls(path / "main.py" if path.is_dir() else path, needs)

    def __getitem__(self, key: str) -> str:
        return "\n".join(self.needs.get(key, []))

    def target(self, tmp_path: Path) -> list[str]:
        words = shlex.split(self["as"] or "{file}") + shlex.split(self["args"])
        return [word if "{" not in word else self._filled(word, tmp_path) for word in words]

    def stdin(self) -> str:
        lines = self.needs.get("stdin", [])
        return self.main.read_text() if lines == ["{code}"] else "".join(line + "\n" for line in lines)

    def _filled(self, word: str, tmp_path: Path) -> str:
        if word == "{zip}":
            return shutil.make_archive(str(tmp_path / "guest"), "zip", self.main.parent)
        return {"{file}": self.main.name, "{path}": str(self.main), "{code}": self.main.read_text()}.get(word, word)

    def environment(self) -> dict[str, str]:
        ours = re.compile("PYTHON|PYTEST|OCORO|COV")
        env = {name: value for name, value in os.environ.items() if not ours.match(name)}
        env["PYTHONDONTWRITEBYTECODE"] = "1"  # leaves no caches among the guests
        env |= dict(word.split("=", 1) for word in shlex.split(self["env"]))
        return {name: value for name, value in env.items() if value}

    def signal_after(self) -> tuple[str, int] | None:
        name, _, line = self["signal"].partition(" after ")
        return (line, signal.Signals[f"SIG{name}"]) if name else None


def _header(file: Path) -> Iterator[tuple[str, str]]:
    for line in file.read_text().splitlines():
        found = re.fullmatch(r"# (\w+): ?(.*)", line)
        if not found:
            return
        yield found[1], found[2]


def _guests() -> list[str]:
    return sorted(path.stem for path in GUESTS.iterdir() if path.name != "__pycache__")


def _difference(plain: Result, hooked: Result) -> str:
    before, after = (
        [f"{name}| {line}" for name in Result.__slots__ for line in str(getattr(result, name)).splitlines(True)]
        for result in (plain, hooked)
    )
    return "".join(line.rstrip("\n") + "\n" for line in difflib.unified_diff(before, after, "python", "ocoro", n=3))


@pytest.fixture(scope="module")
def pair() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


@pytest.mark.parametrize("name", _guests())
def test_guest_is_like_python(
    name: str, interpreter: Interpreter, python: Runner, ocoro: Runner, pair: ThreadPoolExecutor, tmp_path: Path
) -> None:
    path = GUESTS / name
    guest = Guest.read(path if path.is_dir() else path.with_suffix(".py"))
    command = [*shlex.split(guest["flags"]), *guest.target(tmp_path)]
    how = {
        "interpreter": interpreter,
        "stdin": guest.stdin(),
        "env": guest.environment(),
        "cwd": guest.main.parent,
        "redirect": guest["redirect"],
        "signal_after": guest.signal_after(),
    }
    under_ocoro = pair.submit(ocoro, "--report=none", *command, **how)
    plain = python(*command, **how)
    try:
        hooked = under_ocoro.result()
    except TimeoutError as error:
        pytest.fail(f"only under ocoro: {error}", pytrace=False)
    assert plain.status == int(guest["ends"] or 0), f"the guest itself is broken: {plain}"
    assert not plain.err or guest["stderr"], f"the guest itself writes to stderr: {plain.err}"
    if hooked != plain:
        pytest.fail(_difference(plain, hooked), pytrace=False)
