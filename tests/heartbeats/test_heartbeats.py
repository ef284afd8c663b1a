"""A heart beats in a thread beside each blocking operation of the standard library, and the results are python's.

The operations are in the programs beside this file; most end only when the heart has beaten some times, see `heart.py`.
Without rescue, which would let the heart beat beside a call that has no hook.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from interpreters import Interpreter
from process import Result

HERE = Path(__file__).parent
PROGRAMS = {
    "threads": ("threads.py",),
    "sockets": ("sockets.py",),
    "files": ("files.py",),
    "processes": ("processes.py", "{folder}"),
    "computing": ("computing.py", "{folder}"),
    "fork": ("pools.py", "fork"),
    "spawn": ("pools.py", "spawn"),
    "forkserver": ("pools.py", "forkserver"),
}
LAST = " beats"

EARLY = """
import asyncio, bz2, concurrent.futures.process, concurrent.futures.thread, faulthandler, fcntl, ftplib, hashlib
import http.client, imaplib, io, logging, lzma, multiprocessing.connection, multiprocessing.pool, multiprocessing.queues
import multiprocessing.synchronize, poplib, pty, queue, sched, select, selectors, signal, smtplib, socket, socketserver
import sqlite3, ssl, subprocess, tempfile, threading, time, urllib.request, xmlrpc.client, zlib
"""
SITE = "import sysconfig; print(sysconfig.get_path('purelib'))"


def operations(name: str) -> int:
    return (HERE / PROGRAMS[name][0]).read_text().count("\n@operation\n")


def perform(launch: Callable[..., Result], name: str, folder: Path, *options: str, **how: object) -> list[str]:
    """What one program says of its operations."""
    folder.mkdir()
    file, *args = PROGRAMS[name]
    program = [str(HERE / file), *(each.format(folder=folder) for each in args)]
    done = launch(*options, "-W", "ignore", *program, limit=180, **how)
    assert (done.err, done.status) == ("", 0), done
    return done.out.splitlines()


@pytest.mark.parametrize("name", PROGRAMS)
def test_heart_beats(
    ocoro: Callable[..., Result], python: Callable[..., Result], interpreter: Interpreter, name: str, tmp_path: Path
) -> None:
    ours = perform(ocoro, name, tmp_path / "ours", "--quiet", "--rescue=off", interpreter=interpreter)
    assert [line for line in ours if not line.endswith(LAST)] == []
    assert ours == perform(python, name, tmp_path / "plain", interpreter=interpreter)


@pytest.fixture
def early(interpreter: Interpreter, tmp_path: Path) -> Interpreter:
    """An interpreter whose first start-up line imports what the programs use, before ocoro's boots."""
    home = tmp_path / "early"
    subprocess.run([interpreter.path, "-m", "venv", "--without-pip", home], check=True)
    path = str(home / "bin" / "python")
    here, there = (
        subprocess.run([each, "-c", SITE], check=True, capture_output=True, text=True).stdout.strip()
        for each in (path, interpreter.path)
    )
    Path(here, "takes_early.py").write_text(EARLY)
    Path(here, "a.pth").write_text(f"import takes_early\nimport site; site.addsitedir({there!r})\n")
    shutil.copy(Path(there, "ocoro.pth"), here)  # the launcher looks for it
    return replace(interpreter, path=path)


@pytest.mark.parametrize("name", ["threads", "sockets", "files", "processes", "computing", "fork"])
def test_heart_beats_when_names_were_taken_early(
    ocoro: Callable[..., Result], early: Interpreter, name: str, tmp_path: Path
) -> None:
    said = perform(ocoro, name, tmp_path / "ours", "--quiet", "--rescue=off", interpreter=early)
    assert [line for line in said if not line.endswith(LAST)] == []
    assert len(said) == operations(name)


def test_they_are_as_many_as_the_ones_that_were_measured() -> None:
    """With native threads the heart beats beside 92 of 93, with gevent 50, with eventlet 54."""
    assert sum(map(operations, PROGRAMS)) >= 93
