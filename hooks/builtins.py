"""`builtins`: `input` at a terminal, where the interpreter reads the C library's standard input, not `sys.stdin`.

A terminal hands over whole lines, so once it is readable the C code does not wait. With `readline` it hands over keys,
and the line is edited by that (see `hooks/readline.py`).
"""

from __future__ import annotations

import os
import sys

from ocoro.hooks import readline
from ocoro.hooks.files import would_wait
from ocoro.runtime import originals
from ocoro.runtime.frames import guarded, hidden
from ocoro.runtime.instance import scheduler
from ocoro.runtime.poller import READ

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from typing import Any

LEAVES = {
    "print": "calls the methods of its file",
    "open": "is `_io.open`",
    "breakpoint": "pdb, Python code over `input`",
}

_tally = scheduler.recorder.tally("read")


@hidden
def input(origin: Any, /, *args: Any) -> str:
    """Replaces `input`."""
    if len(scheduler.coroutines) > 1 and len(args) < 2 and scheduler.me() is not None and _is_at_terminal():
        return _input(*args)
    line: str = originals.input_line(*args)
    return line


def _is_at_terminal() -> bool:
    """Whether `input` would not read `sys.stdin`."""
    try:
        fds = sys.stdin.fileno(), sys.stdout.fileno()
    except (AttributeError, OSError, ValueError):
        return False
    return fds == (0, 1) and os.isatty(0) and os.isatty(1)


@guarded
def _input(prompt: Any = "") -> str:
    line: str
    text = str(prompt).encode(sys.stdout.encoding, sys.stdout.errors or "strict")
    sys.stderr.flush()
    sys.stdout.flush()
    if "readline" in sys.modules:
        if b"\0" in text or not readline.can_edit():
            line = originals.input_line(prompt)
            return line
        sys.audit("builtins.input", prompt)
        line = readline.edit(text).decode(sys.stdin.encoding, sys.stdin.errors or "strict")
        sys.audit("builtins.input/result", line)
        return line
    if text and would_wait(0, READ):
        os.write(2, text)  # where the C code writes it
        prompt = ""
    while would_wait(0, READ):
        scheduler.wait_fd(_tally, 0, READ)
    line = originals.input_line(prompt)
    return line


REPLACES = {"input": input}
