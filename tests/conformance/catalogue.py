"""Which of CPython's test modules run, and what they are called in one interpreter. Names may have wildcards."""

from __future__ import annotations

import functools
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

GROUPS: dict[str, tuple[str, ...]] = {
    "threads": (
        "threading", "thread", "threading_local", "threadsignals", "threadedtempfile", "threaded_import", "queue",
        "sched", "contextlib", "contextlib_async", "context", "weakref", "weakset", "gc", "generators", "coroutines",
    ),
    "network": (
        "socket", "ssl", "socketserver", "httplib", "httpservers", "urllib*", "ftplib", "smtplib", "smtpd", "poplib",
        "imaplib", "xmlrpc", "wsgiref", "asyncore", "asynchat", "telnetlib", "nntplib", "robotparser",
    ),
    "polling": ("select", "selectors", "poll", "epoll", "kqueue"),
    "processes": (
        "subprocess", "popen", "fork1", "wait3", "wait4", "posix", "os", "pty", "atexit", "multiprocessing_*",
        "concurrent_futures",
    ),
    "signals": ("signal", "time", "faulthandler"),
    "asyncio": ("asyncio",),
    "files": (
        "io", "fileio", "file", "file_eintr", "eintr", "largefile", "fcntl", "tempfile", "shutil", "mailbox", "logging",
        "sqlite3", "pickle", "tty", "termios", "ioctl", "mmap", "fileinput", "bufio",
    ),
    "interpreter": (
        "sys", "sys_settrace", "sys_setprofile", "monitoring", "traceback", "warnings", "exceptions", "inspect",
        "import", "importlib", "runpy", "cmd_line", "cmd_line_script", "pdb", "bdb", "cprofile", "profile", "trace",
        "tracemalloc", "decimal", "hashlib", "zlib", "bz2", "lzma",
    ),
}  # fmt: skip
THIRD_PARTY = {"suites": ("*/",)}  # all that `suites` has; only when asked for

THIN = Path(__file__).with_name("inside") / "thin"  # stand-ins for modules that some installations lack, see `cases`

_WHO = """
import hashlib, os, platform, sys
key = hashlib.sha256(os.path.realpath(sys._base_executable).encode()).hexdigest()[:8]
print(f"{platform.python_version()}-{key}")
"""


@dataclass(frozen=True, slots=True)
class Library:
    """The test modules that one interpreter comes with, and those that are run on what it comes with."""

    folder: Path

    def modules(self, names: Iterable[str]) -> list[str]:
        """The modules that `names` (with or without ``test_``, wildcards, ``asyncio.test_events``) stand for."""
        return list(dict.fromkeys(module for name in names for module in self._of(name)))

    def _of(self, name: str) -> Iterator[str]:
        name = name.removeprefix("test.")
        name = name if name.startswith("test_") else f"test_{name}"
        if "." in name:
            yield f"test.{name}"
            return
        for path in sorted(self.folder.glob(f"{name}.py")) + sorted(self.folder.glob(f"{name}/__init__.py")):
            yield from self._split(path.parent) if path.name == "__init__.py" else [f"test.{path.stem}"]
        for path in sorted(THIN.glob(f"{name}.py")):
            if self._lacks(path.stem) and (self.folder / "_test_multiprocessing.py").exists():
                yield f"test.{path.stem}"

    def _lacks(self, module: str) -> bool:
        return not (self.folder / f"{module}.py").exists() and not (self.folder / module).exists()

    def _split(self, package: Path) -> list[str]:
        """Each module of a package by itself, but a package that has others in it as one."""
        parts = sorted(package.glob("test_*.py"))
        if not parts or any(package.glob("*/__init__.py")):
            return [f"test.{package.name}"]
        return [f"test.{package.name}.{part.stem}" for part in parts]


@functools.cache
def library(python: str) -> Library:
    """Raise RuntimeError when the interpreter comes without its tests, as many distributions' do."""
    return Library(Path(_asked(python, "import test; print(test.__path__[0])", "has no CPython tests")))


@functools.cache
def key_of(python: str) -> str:
    """Tells interpreters apart, also from one day to the next."""
    return _asked(python, _WHO, "does not say who it is")


def _asked(python: str, code: str, complaint: str) -> str:
    asked = subprocess.run([python, "-c", code], capture_output=True, text=True, timeout=60)
    if asked.returncode:
        raise RuntimeError(f"{python} {complaint}: {asked.stderr.strip().splitlines()[-1]}")
    return asked.stdout.strip()


def names_of(groups: Iterable[str]) -> list[str]:
    return [name for group in groups for name in {**GROUPS, **THIRD_PARTY}[group]]
