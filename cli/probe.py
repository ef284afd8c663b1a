"""Asks another interpreter whether a program that it runs would enter ocoro."""

from __future__ import annotations

import os
import subprocess

from ocoro.cli.errors import UsageError
from ocoro.startup import VARIABLE

LIMIT = 30  # seconds
FLAGS_THAT_MATTER = "EIs"  # they decide what can be imported
QUESTION = """\
import sys
sys.path[:] = [path for path in sys.path if path]  # not what lies in the current directory
import greenlet, ocoro.startup
sys.exit(None if ocoro.startup.is_reached() else "it passes by no ocoro.pth when it starts")
"""


def check_other(executable: str, letters: set[str]) -> None:
    """UsageError unless the interpreter, started with these flags, enters ocoro."""
    flags = [f"-{letter}" for letter in FLAGS_THAT_MATTER if letter in letters]
    answer = _ask([executable, *flags, "-c", QUESTION])
    if answer:
        raise UsageError(
            f"ocoro is not installed for {executable}", answer, f"install it with '{executable} -m pip install ocoro'"
        )


def _ask(command: list[str]) -> str:
    """Empty when all is well, else what is wrong."""
    environment = {name: value for name, value in os.environ.items() if name != VARIABLE}
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, errors="replace", env=environment, timeout=LIMIT
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        return str(problem)
    if done.returncode == 0:
        return ""
    said = done.stderr.split("\n")
    return next((line for line in reversed(said) if line.strip()), f"it ended with status {done.returncode}")
