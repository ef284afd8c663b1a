"""The console script `ocoro`: finds a command in a table and hands it the rest of the arguments.

A command is a module with two functions: `main(arguments)`, which returns the exit status, and `command()`, which
describes it to click. The module is imported when the command is used, so no command pays for another's imports.
"""

from __future__ import annotations

import sys

from ocoro.cli.errors import UsageError

COMMANDS = {
    "run": "ocoro.cli.run",
}

USAGE_STATUS = 2


def main() -> None:
    """Run the command that `sys.argv` names and exit with its status."""
    try:
        status = dispatch(sys.argv[1:])
    except UsageError as problem:
        print(problem, file=sys.stderr)
        status = USAGE_STATUS
    except KeyboardInterrupt:
        die_of_interrupt()
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


def die_of_interrupt() -> None:
    """End as a program without a handler for Ctrl-C does, so that a calling shell sees the signal."""
    import os
    import signal

    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGINT)
