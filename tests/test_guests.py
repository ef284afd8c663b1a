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
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from interpreters import Interpreter
from process import Result

Runner = Callable[..., Result]
Both = Callable[..., tuple[Result, Result]]
GUESTS = Path(__file__).resolve().parent / "guests"
KEYS = {"flags", "as", "args", "stdin", "env", "redirect", "signal", "ends", "stderr"}


# Guests that also run with a report: it must add one line to stderr, whatever way the program ends, and nothing else.
REPORTED = """
exc_main exc_thread exit_atexit exit_daemon exit_interrupt_raised exit_main_text exit_os_exit exit_stdout_closed
exit_stdout_pipe_broken exit_thread_outlives_main mp_fork proc_fork_thread sig_hup_usr1 sig_interrupt_outside sig_term
sig_term_handler sig_term_threads
"""
# Ended by the kernel at once: nobody is left to report.
UNREPORTED = {"exit_os_exit", "sig_hup_usr1", "sig_term", "sig_term_threads"}
REPORT = re.compile("^ocoro: .*\n", re.MULTILINE)


@dataclass(frozen=True)
class Guest:
    """A guest program with its declared needs, the values as they stand in the file."""

    main: Path
    needs: dict[str, list[str]]

    @classmethod
    def read(cls, name: str) -> Guest:
        folder = GUESTS / name
        main = folder / "main.py" if folder.is_dir() else folder.with_suffix(".py")
        needs: dict[str, list[str]] = {}
        for file in sorted(folder.rglob("*.py")) or [main]:
            for key, value in _header(file):
                assert key in KEYS, f"{file}: unknown header {key!r}"
                needs.setdefault(key, []).append(value)
        return cls(main, needs)

    def __getitem__(self, key: str) -> str:
        return "\n".join(self.needs.get(key, []))

    def command(self, tmp_path: Path) -> list[str]:
        """Everything after ``python``."""
        target = shlex.split(self["as"] or "{file}")
        return [
            *shlex.split(self["flags"]),
            *(self._filled(word, tmp_path) for word in target),
            *shlex.split(self["args"]),
        ]

    def _filled(self, word: str, tmp_path: Path) -> str:
        match word:
            case "{file}":
                return self.main.name
            case "{path}":
                return str(self.main)
            case "{code}":
                return self.main.read_text()
            case "{zip}":
                return shutil.make_archive(str(tmp_path / "guest"), "zip", self.main.parent)
        return word

    def surroundings(self, variables: dict[str, str]) -> dict[str, object]:
        """What else the program is given, as keywords for the fixtures ``python`` and ``ocoro``."""
        name, _, line = self["signal"].partition(" after ")
        return {
            "stdin": self._stdin(),
            "env": self._environment() | variables,
            "cwd": self.main.parent,
            "redirect": self["redirect"],
            "signal_after": (line, signal.Signals[f"SIG{name}"]) if name else None,
        }

    def _stdin(self) -> str:
        lines = self.needs.get("stdin", [])
        return self.main.read_text() if lines == ["{code}"] else "".join(line + "\n" for line in lines)

    def _environment(self) -> dict[str, str]:
        ours = re.compile("PYTHON|PYTEST|OCORO|COV")
        env = {name: value for name, value in os.environ.items() if not ours.match(name)}
        env["PYTHONDONTWRITEBYTECODE"] = "1"  # leaves no caches among the guests
        env |= dict(word.split("=", 1) for word in shlex.split(self["env"]))
        return {name: value for name, value in env.items() if value}


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


def _assert_same(plain: Result, hooked: Result) -> None:
    if hooked != plain:
        pytest.fail(_difference(plain, hooked), pytrace=False)


@pytest.fixture(scope="module")
def both(python: Runner, ocoro: Runner) -> Iterator[Both]:
    """Run a guest under plain python and under ocoro with an option, at the same time."""

    def both(
        guest: Guest, option: str, interpreter: Interpreter, tmp_path: Path, **variables: str
    ) -> tuple[Result, Result]:
        command, how = guest.command(tmp_path), {"interpreter": interpreter, **guest.surroundings(variables)}
        under_ocoro = pool.submit(ocoro, option, *command, **how)
        plain = python(*command, **how)
        assert plain.status == int(guest["ends"] or 0), f"the guest itself is broken: {plain}"
        assert not plain.err or guest["stderr"], f"the guest itself writes to stderr: {plain.err}"
        try:
            return plain, under_ocoro.result()
        except TimeoutError as error:
            late = str(error)
        pytest.fail(f"only under ocoro: {late}", pytrace=False)

    with ThreadPoolExecutor(1) as pool:
        yield both


@pytest.mark.parametrize("name", _guests())
def test_guest_is_like_python(name: str, interpreter: Interpreter, both: Both, tmp_path: Path) -> None:
    _assert_same(*both(Guest.read(name), "--report=none", interpreter, tmp_path))


@pytest.mark.parametrize("name", _guests())
def test_guest_is_like_python_without_the_parts_in_c(
    name: str, default_interpreter: Interpreter, both: Both, tmp_path: Path
) -> None:
    _assert_same(*both(Guest.read(name), "--report=none", default_interpreter, tmp_path, OCORO_PURE_PYTHON="1"))


@pytest.mark.parametrize("name", REPORTED.split())
def test_report_adds_one_line(name: str, default_interpreter: Interpreter, both: Both, tmp_path: Path) -> None:
    plain, hooked = both(Guest.read(name), "--report=line", default_interpreter, tmp_path)
    rest, reports = REPORT.subn("", hooked.err)
    _assert_same(plain, replace(hooked, err=rest))
    assert reports == (0 if name in UNREPORTED else 1)
