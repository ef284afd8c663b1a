"""Private real servers for the tests.

Each listens on a free loopback port, keeps its files in a temporary directory of its own, is waited for until it
answers, and is stopped by its process id. A missing binary skips the test and names the Debian package.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import struct
import subprocess
import tempfile
import time
from functools import partial
from glob import glob
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HOST = "127.0.0.1"
_START_LIMIT = 60.0  # seconds


@contextlib.contextmanager
def redis_server() -> Iterator[int]:
    """A running redis-server that keeps nothing on disk; yields its port."""
    binary = _binary("redis-server", package="redis-server")
    with _folder() as folder, _serving(partial(_redis_command, binary), folder, _redis_answers) as port:
        yield port


@contextlib.contextmanager
def mariadb_server() -> Iterator[int]:
    """A running, empty MariaDB with the passwordless account `root`; yields its port."""
    binary = _binary("mariadbd", package="mariadb-server")
    installer = _binary("mariadb-install-db", package="mariadb-server")
    with _folder() as folder:
        _install_mariadb(installer, folder)
        with _serving(partial(_mariadb_command, binary), folder, _mariadb_answers) as port:
            yield port


@contextlib.contextmanager
def postgres_server() -> Iterator[int]:
    """A running, empty PostgreSQL with the passwordless account `postgres`; yields its port."""
    binary = _binary("postgres", package="postgresql")
    installer = _binary("initdb", package="postgresql")
    with _folder() as folder:
        _install_postgres(installer, folder)
        with _serving(partial(_postgres_command, binary), folder, _postgres_answers) as port:
            yield port


def _binary(name: str, package: str) -> str:
    """Its path; Debian keeps servers where the PATH of a plain user does not look."""
    folders = [os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin", *glob("/usr/lib/postgresql/*/bin")]
    path = shutil.which(name, path=os.pathsep.join(folders))
    if path is None:
        pytest.skip(f"{name} is not installed (Debian package {package})")
    return path


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    """A directory with a short path: a unix socket's may have 107 characters at most."""
    with tempfile.TemporaryDirectory(prefix="ocoro-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _redis_command(binary: str, folder: Path, port: int) -> list[str]:
    options = {"port": port, "bind": HOST, "dir": folder, "save": "", "appendonly": "no", "tcp-backlog": 1024}
    return [binary, *(str(word) for name, value in options.items() for word in (f"--{name}", value))]


def _redis_answers(connection: socket.socket) -> bool:
    connection.sendall(b"PING\r\n")
    return connection.recv(5) == b"+PONG"


def _mariadb_user() -> list[str]:
    """The server refuses to run as root unless it is told to."""
    return ["--user=root"] if os.geteuid() == 0 else []


def _install_mariadb(installer: str, folder: Path) -> None:
    where = ["--no-defaults", f"--datadir={folder}/data", *_mariadb_user()]
    options = ["--auth-root-authentication-method=normal", "--skip-test-db"]
    done = subprocess.run([installer, *where, *options], capture_output=True, text=True, timeout=_START_LIMIT)
    assert done.returncode == 0, done.stdout + done.stderr


def _mariadb_command(binary: str, folder: Path, port: int) -> list[str]:
    options = {
        "datadir": f"{folder}/data",
        "socket": f"{folder}/socket",
        "pid-file": f"{folder}/pid",
        "bind-address": HOST,
        "port": port,
        "max-connections": 500,
        "back-log": 500,
        "innodb-buffer-pool-size": "32M",
        "innodb-log-file-size": "8M",
        "innodb-flush-log-at-trx-commit": 0,
    }
    return [
        binary,
        "--no-defaults",
        "--skip-name-resolve",
        *(f"--{name}={value}" for name, value in options.items()),
        *_mariadb_user(),
    ]


def _mariadb_answers(connection: socket.socket) -> bool:
    """Its greeting is a four-byte header and then the number of the protocol, 10."""
    return connection.recv(5, socket.MSG_WAITALL)[4:] == b"\x0a"


def _as_postgres() -> list[str]:
    """The server refuses to run as root; this becomes the server, with the same process id."""
    switch = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]
    return switch if os.geteuid() == 0 else []


def _install_postgres(installer: str, folder: Path) -> None:
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    where = [f"--pgdata={folder}/data", "--username=postgres"]
    options = ["--auth=trust", "--no-sync", "--locale=C", "--encoding=UTF8"]
    done = subprocess.run(
        [*_as_postgres(), installer, *where, *options], capture_output=True, text=True, timeout=_START_LIMIT, cwd="/"
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _postgres_command(binary: str, folder: Path, port: int) -> list[str]:
    options = {
        "listen_addresses": HOST,
        "port": port,
        "unix_socket_directories": "",
        "max_connections": 300,
        "shared_buffers": "32MB",
        "fsync": "off",
    }
    words = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
    return [*_as_postgres(), binary, "-D", f"{folder}/data", *words]


def _postgres_answers(connection: socket.socket) -> bool:
    """To a start-up message it says R, that the client may come in, or E, as long as it starts up itself."""
    message = struct.pack("!i", 3 << 16) + b"user\0postgres\0\0"
    connection.sendall(struct.pack("!i", 4 + len(message)) + message)
    return connection.recv(1) == b"R"


@contextlib.contextmanager
def _serving(
    command: Callable[[Path, int], list[str]], folder: Path, answers: Callable[[socket.socket], bool]
) -> Iterator[int]:
    """A server process that answers; yields its port. Somebody else may take a free port first: then try the next."""
    for _ in range(5):
        port = _free_port()
        with open(folder / "log", "wb") as log:
            process = subprocess.Popen(
                command(folder, port), stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder
            )
        try:
            if _comes_up(process, port, answers):
                yield port
                return
        finally:
            _stop(process)
    pytest.fail(f"{command(folder, 0)[0]} does not start:\n{(folder / 'log').read_text(errors='replace')}")


def _comes_up(process: subprocess.Popen[bytes], port: int, answers: Callable[[socket.socket], bool]) -> bool:
    """Whether it answers before it ends or the time is up."""
    end = time.monotonic() + _START_LIMIT
    while process.poll() is None and time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=5) as connection:
            if answers(connection):
                return process.poll() is None
        time.sleep(0.05)
    return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    """By its process id; nothing it keeps is wanted, so it gets little time to tidy up."""
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
