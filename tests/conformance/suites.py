"""Which third-party suites run, where they come from, and what of them runs without a network."""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import servers

# Options of pytest: our plugin, and no cache in the suite's folder.
COMMON = ("-p", "conformance_plugin", "-p", "no:cacheprovider", "-q")


Server = Callable[[str, Path], AbstractContextManager[tuple[str, ...]]]

_DATABASES = """
import sys, pymysql
with pymysql.connect(host=sys.argv[1], port=int(sys.argv[2]), user="root").cursor() as cursor:
    for name in sys.argv[3:]:
        cursor.execute(f"CREATE DATABASE {name}")
"""


@contextlib.contextmanager
def nothing(python: str, root: Path) -> Iterator[tuple[str, ...]]:
    yield ()


@contextlib.contextmanager
def redis(python: str, root: Path) -> Iterator[tuple[str, ...]]:
    with servers.redis_server() as port:
        yield (f"--redis-url=redis://{servers.HOST}:{port}/0",)


@contextlib.contextmanager
def mariadb(python: str, root: Path) -> Iterator[tuple[str, ...]]:
    """PyMySQL's tests read from a file which databases to use, and do not create them."""
    names = ("test1", "test2")
    with servers.mariadb_server() as port:
        subprocess.run([python, "-c", _DATABASES, servers.HOST, str(port), *names], check=True, timeout=60)
        account = {"host": servers.HOST, "port": port, "user": "root", "passwd": "", "local_infile": True}
        databases = [{**account, "db": name} for name in names]
        (root / "pymysql" / "tests" / "databases.json").write_text(json.dumps(databases))
        yield ()


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
    server: Server = nothing  # of the suite's python and folder; yields more options

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
        without=("*/test_pyopenssl.py",),  # OpenSSL by cffi waits in C, for a server of the same program
        needs=(
            "anyio[trio]", "h2", "httpx", "hypercorn", "pysocks", "pytest-socket", "pytest-timeout", "quart",
            "quart-trio", "trustme", "pyopenssl", "cryptography", "idna",
        ),
        options=(
            "-m", "not requires_network",
            # needs a network that loses what it sends, and else leaves a lock held
            "-k", "not http2_probe_blocked_per_thread",
            # what a case that failed leaves behind must not fail another one
            "-W", "default::pytest.PytestUnraisableExceptionWarning",
        ),
    ),
    Suite(
        "requests",
        "requests[socks]==2.34.2",
        files=("tests/test_*.py",),
        needs=(
            "pytest-httpbin==2.1.0", "httpbin~=0.10.0", "pytest-mock", "trustme",
            "werkzeug<3; python_version < '3.12'",  # there only an older httpbin agrees with our greenlet
        ),
    ),
    Suite(
        "tornado",
        "tornado==6.6.1",
        files=("tornado/test/*_test.py",),
        in_wheel=True,
        needs=("pycares", "pycurl"),
        options=("--log-disable=tornado.access",),  # as its own runner does
    ),
    Suite(
        "trio",
        "trio==0.35.0",
        files=("trio/_tests/test_*.py", "trio/_core/_tests/test_*.py"),
        without=("*/test_exports.py",),  # runs pylint, mypy and jedi
        in_wheel=True,
        needs=("async_generator", "astor", "cryptography", "pyopenssl", "trustme"),
        options=("-p", "trio._tests.pytest_plugin"),
    ),
    Suite(
        "anyio",
        "anyio[trio]==4.16.0",
        files=("tests/test_*.py", "tests/streams/test_*.py"),
        needs=("blockbuster", "hypothesis", "psutil", "pytest-mock", "pytest-timeout", "trustme", "truststore"),
        options=("-m", "not network"),
    ),
    Suite(
        "redis",
        "redis==8.1.0",
        files=("tests/test_*.py", "tests/test_*/test_*.py"),
        needs=("cryptography", "numpy", "packaging", "PyJWT", "pybreaker", "pytest-asyncio", "requests", "xxhash"),
        options=("-m", "not onlycluster and not redismod and not ssl and not replica and not cp_integration"),
        server=redis,
    ),
    Suite(
        "PyMySQL",
        "PyMySQL==0.10.1",  # the last that comes with all of its tests
        files=("pymysql/tests/**/test_*.py",),
        needs=("zombie-imp; python_version >= '3.12'",),  # they import `imp`
        server=mariadb,
    ),
    Suite(
        "SQLAlchemy",
        "SQLAlchemy==2.1.9",
        files=("test/engine/test_pool.py", "test/engine/test_reconnect.py", "test/base/test_concurrency.py"),
    ),
    Suite(
        "paramiko",
        "paramiko==5.1.0",
        files=("tests/test_*.py",),
        needs=("icecream", "invoke", "pytest-relaxed"),
    ),
    Suite(
        "gunicorn",
        "gunicorn==27.0.1",
        files=("tests/test_*.py", "tests/workers/test_*.py", "tests/dirty/test_*.py", "tests/ctl/test_*.py"),
        needs=("gunicorn_h1c", "h2", "httpx[http2]", "inotify", "packaging", "pytest-asyncio", "tornado"),
        options=("-o", "addopts="),
    ),
    Suite(
        "watchdog",
        "watchdog[watchmedo]==7.1.0",
        files=("tests/test_*.py",),
        needs=("flaky", "pytest-timeout"),
    ),
    Suite(
        "APScheduler",
        "APScheduler==3.11.3",
        files=("tests/**/test_*.py",),
        needs=("anyio", "pytz", "sqlalchemy", "tornado", "twisted"),
        options=("-m", "not external_service"),
    ),
)  # fmt: skip
