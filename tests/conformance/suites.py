"""Which third-party suites run, where they come from, and what of them runs without a network."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import servers

# Options of pytest: our plugin, and no cache in the suite's folder.
COMMON = ("-p", "conformance_plugin", "-p", "no:cacheprovider", "-q")


@contextlib.contextmanager
def nothing() -> Iterator[tuple[str, ...]]:
    yield ()


@contextlib.contextmanager
def redis() -> Iterator[tuple[str, ...]]:
    with servers.redis_server() as port:
        yield (f"--redis-url=redis://{servers.HOST}:{port}/0",)


@dataclass(frozen=True, slots=True)
class Suite:
    """The tests of one distribution on PyPI."""

    name: str
    requirement: str
    files: tuple[str, ...]  # patterns; below what the source distribution unpacks to, or below site-packages
    without: tuple[str, ...] = ()  # patterns of files to leave out
    in_wheel: bool = False  # the tests are installed with the rest
    needs: tuple[str, ...] = ()  # more requirements
    options: tuple[str, ...] = ()  # of pytest
    server: Callable[[], AbstractContextManager[tuple[str, ...]]] = nothing  # yields more options

    def chosen(self, name: str) -> bool:
        """Whether `name`, such as ``trio/*`` or ``trio/test_abc.py``, means files of this suite."""
        return fnmatchcase(self.name, name.partition("/")[0])

    def paths(self, root: Path, names: Iterable[str]) -> list[str]:
        """Those below `root` that `names` stand for."""
        present = {path.relative_to(root).as_posix() for pattern in self.files for path in root.glob(pattern)}
        wanted = [f"*{name.partition('/')[2].removesuffix('.py') or '*'}.py" for name in names]
        return sorted(path for path in present if _any(path, wanted) and not _any(path, self.without))


def _any(path: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(path, pattern) for pattern in patterns)


SUITES = (
    Suite(
        "urllib3",
        "urllib3==2.8.0",
        files=("test/test_*.py", "test/with_dummyserver/test_*.py", "test/contrib/test_*.py"),
        needs=(
            "anyio[trio]", "h2", "httpx", "hypercorn", "pysocks", "pytest-socket", "pytest-timeout", "quart",
            "quart-trio", "trustme", "pyopenssl", "cryptography", "idna",
        ),
        options=("-m", "not requires_network"),
    ),
    Suite(
        "requests",
        "requests[socks]==2.34.2",
        files=("tests/test_*.py",),
        needs=("pytest-httpbin==2.1.0", "httpbin~=0.10.0", "pytest-mock", "trustme"),
    ),
    Suite(
        "tornado",
        "tornado==6.6.1",
        files=("tornado/test/*_test.py",),
        in_wheel=True,
        needs=("pycares", "pycurl"),
    ),
)  # fmt: skip
