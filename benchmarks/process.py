"""One process for each measurement: run with a time limit, and ended together with the children it started."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from contextlib import suppress


class RunError(Exception):
    """A command did not deliver; the text says why, in a few words for a table."""


def environment(folder: str) -> dict[str, str]:
    """The caller's environment without ocoro's own options, and with the same string hashes for everybody.

    Recordings go into ``folder``: they must not push out those of the caller's.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OCORO_")}
    return {**kept, "PYTHONHASHSEED": "0", "OCORO_DIR": folder}


def start(command: list[str], folder: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command,
        cwd=folder,
        env=environment(folder),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def kill(process: subprocess.Popen[str]) -> None:
    """End the process, if it still runs, and what it left behind (wrk, the slow server)."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def reason(status: int, stderr: str) -> str:
    """Why a program failed: how it ended and the last it said, which is not ocoro's report."""
    how = f"signal {-status}" if status < 0 else f"exit {status}"
    said = [line.strip() for line in stderr.splitlines() if line.strip() and not line.startswith("ocoro: wall")]
    return f"{how}: {said[-1]}" if said else how


def execute(command: list[str], limit: float) -> tuple[str, float]:
    """Run a command in a directory and a process group of its own; return its standard output, and how many seconds it
    took from its start to its end.

    Raises RunError if it takes more than ``limit`` seconds or does not end with status 0.
    """
    begin = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, start(command, folder) as process:
        try:
            stdout, stderr = process.communicate(timeout=limit)
            seconds = time.perf_counter() - begin
        except subprocess.TimeoutExpired:
            raise RunError(f"> {limit:g} s") from None
        finally:
            kill(process)
    if process.returncode:
        raise RunError(reason(process.returncode, stderr))
    return stdout, seconds
