"""Running a program to its end, in a process group of its own and with a time limit: nothing that hangs outlives it."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LIMIT = 30.0  # seconds one program may take


@dataclass(frozen=True, slots=True)
class Result:
    """How a program ended; bytes that are not UTF-8 are kept as surrogates, so equal text is equal bytes."""

    out: str
    err: str
    status: int  # negative: the number of the signal it died of


def run(
    command: Sequence[str],
    *,
    stdin: str = "",
    env: Mapping[str, str] | None = None,
    cwd: str | Path | None = None,
    limit: float = LIMIT,
    redirect: str = "",
    signal_after: tuple[str, int] | None = None,
) -> Result:
    """Run a command; TimeoutError with its output so far when it takes longer than ``limit`` seconds.

    ``redirect`` is a redirection in the words of sh, such as ``>&-``.
    ``signal_after`` = (line, number) sends a signal to the process once that line was seen on its standard output.
    """
    pipe = subprocess.PIPE
    command = ["sh", "-c", f'exec "$@" {redirect}', "sh", *command] if redirect else command
    process = subprocess.Popen(
        command, bufsize=0, stdin=pipe, stdout=pipe, stderr=pipe, env=env, cwd=cwd, start_new_session=True
    )
    overdue = threading.Event()
    timer = threading.Timer(limit, _kill_group, (process.pid, overdue))
    timer.start()
    try:
        seen = _signal_after(process, *signal_after) if signal_after else b""
        out, err = process.communicate(stdin.encode())
    finally:
        timer.cancel()
    if overdue.is_set():
        raise TimeoutError(f"more than {limit} s: {command}\nout: {_text(seen + out)}\nerr: {_text(err)}")
    return Result(_text(seen + out), _text(err), process.returncode)


def _signal_after(process: subprocess.Popen[bytes], line: str, number: int) -> bytes:
    """Return what was read until the line was seen and the signal sent."""
    assert process.stdout is not None
    seen = b""
    for read in process.stdout:
        seen += read
        if read == line.encode() + b"\n":
            process.send_signal(number)
            break
    return seen


def _kill_group(group: int, overdue: threading.Event) -> None:
    overdue.set()
    os.killpg(group, signal.SIGKILL)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")
