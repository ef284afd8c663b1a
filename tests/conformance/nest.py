"""A virtual environment for each third-party suite, kept between runs, with ocoro and the suite's tests in it."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import shutil
import subprocess
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from interpreters import REPOSITORY

from conformance.process import INSIDE, Module
from conformance.suites import COMMON, Suite

PYTEST = "pytest==9.2.0"
_LIMIT = 900  # seconds; some requirements have to be compiled


class UnavailableError(Exception):
    """The suite cannot run here; says why."""


@dataclass(frozen=True, slots=True)
class Nest:
    """A suite that can run."""

    suite: Suite
    home: Path

    @property
    def python(self) -> str:
        return str(self.home / "bin" / "python")

    @property
    def recipe(self) -> str:
        return " ".join(_requirements(self.suite))

    @property
    def key(self) -> str:
        """Tells results with other options apart."""
        return hashlib.sha256(repr(self.suite.options).encode()).hexdigest()[:8]

    @property
    def site_packages(self) -> Path:
        return next((self.home / "lib").glob("python3.*")) / "site-packages"

    @property
    def root(self) -> Path:
        """Where the suite's files are: one folder in `tests`, if they were unpacked."""
        return self.site_packages if self.suite.in_wheel else next((self.home / "tests").iterdir())

    def modules(self, names: Sequence[str], options: Sequence[str]) -> list[Module]:
        return [self._module(path, options) for path in self.suite.paths(self.root, names)]

    def _module(self, path: str, options: Sequence[str]) -> Module:
        pytest = ("-m", "pytest", *COMMON, f"--rootdir={self.root}", *self.suite.options, *options)
        return Module(
            f"{self.suite.name}/{path}",
            (*pytest, str(self.root / path)),
            folder=None if self.suite.in_wheel else self.root,
            environment={"PYTHONPATH": str(INSIDE)},
        )


@contextlib.contextmanager
def nest(suite: Suite, python: str, folder: Path) -> Iterator[Nest]:
    """Make the nest in `folder` unless it is there, and keep others out of it. Raises UnavailableError."""
    folder.mkdir(parents=True, exist_ok=True)
    made = Nest(suite, folder / suite.name)
    with (folder / f"{suite.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        recipe = made.home / "recipe"  # written last
        if not recipe.exists() or recipe.read_text() != made.recipe:
            shutil.rmtree(made.home, ignore_errors=True)
            _make(made, python)
            recipe.write_text(made.recipe)
        _lead_to_checkout(made)
        yield made


def _make(made: Nest, python: str) -> None:
    _call(python, "-m", "venv", str(made.home))
    _call(made.python, "-m", "pip", "install", *_requirements(made.suite))
    if not made.suite.in_wheel:
        _unpack(made)


def _requirements(suite: Suite) -> list[str]:
    """The suite's, and those of ocoro itself."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    return [PYTEST, suite.requirement, *suite.needs, *project["dependencies"]]


def _unpack(made: Nest) -> None:
    name, _, version = made.suite.requirement.partition("==")
    name = name.partition("[")[0]
    packed = made.home / "packed"
    _call(made.python, "-m", "pip", "download", "--no-deps", f"--no-binary={name}", f"-d{packed}", f"{name}=={version}")
    shutil.unpack_archive(next(packed.iterdir()), made.home / "tests")


def _lead_to_checkout(made: Nest) -> None:
    """Have this checkout's ocoro imported there, and nothing else of the checkout."""
    exposed = made.home / "checkout"
    exposed.mkdir(exist_ok=True)
    link = exposed / "ocoro"
    link.unlink(missing_ok=True)
    link.symlink_to(REPOSITORY / "ocoro")
    (made.site_packages / "checkout.pth").write_text(f"{exposed}\n")
    shutil.copy(REPOSITORY / "ocoro.pth", made.site_packages)


def _call(*command: str) -> None:
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=_LIMIT)
    except subprocess.TimeoutExpired as late:
        raise UnavailableError(f"not installed after {_LIMIT} s") from late
    if done.returncode:
        said = [line for line in done.stdout.splitlines() if line.startswith("ERROR")] or done.stdout.splitlines()
        raise UnavailableError(" ".join(said[:2])[:300])
