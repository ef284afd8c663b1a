"""The console script `ocoro`: finds a command in a table and hands it the rest of the arguments.

A command is a module with two functions: `main(arguments)`, which returns the exit status, and `command()`, which
describes it to click. The module is imported when the command is used, so no command pays for another's imports.
"""

from __future__ import annotations

import sys

from ocoro.cli.errors import UsageError, complain
from ocoro.runtime import library

TYPE_CHECKING = False  # typing itself is not worth its import time here
if TYPE_CHECKING:
    from typing import NoReturn

COMMANDS = {
    "run": "ocoro.cli.run",
    "stats": "ocoro.cli.stats",
    "trace": "ocoro.cli.trace",
    "top": "ocoro.cli.top",
    "dump": "ocoro.cli.dump",
    "runs": "ocoro.cli.runs",
    "completion": "ocoro.cli.completion",
}

USAGE_STATUS = 2


def main() -> None:
    """Run the command that `sys.argv` names and exit with its status."""
    library.isolate()
    if None in (sys.stdin, sys.stdout, sys.stderr):
        from ocoro.cli.streams import stand_in

        stand_in()
    try:
        status = dispatch(sys.argv[1:])
        print(end="", flush=True)
    except UsageError as problem:
        complain(problem)
        status = USAGE_STATUS
    except BrokenPipeError:  # a pager or head has read enough of a help text
        die_of("SIGPIPE")
    except OSError as problem:
        status = output_is_lost(problem)
    except KeyboardInterrupt:
        die_of("SIGINT")
    sys.exit(status)


def dispatch(arguments: list[str]) -> int:
    """Give the arguments to the command they name, or to click when they name none."""
    module = COMMANDS.get(arguments[0]) if arguments else None
    if module is None:
        module = "ocoro.cli.group"
    else:
        del arguments[0]
    status: int = __import__(module, fromlist=["main"]).main(arguments)
    return status


def output_is_lost(problem: OSError) -> int:
    """Say that standard output is full or closed, and return the exit status; any other error is raised again."""
    from ocoro.cli import streams

    if not streams.is_to_blame(problem):
        raise problem
    complain(streams.lost(problem))
    streams.give_up()
    return streams.FAILED


def die_of(name: str) -> NoReturn:
    """End as a program without a handler for the signal does, so that a calling shell sees it."""
    import os
    import signal

    number = signal.Signals[name]
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    os._exit(USAGE_STATUS)  # the signal is blocked
