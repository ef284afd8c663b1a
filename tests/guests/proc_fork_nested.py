# stderr: yes
"""Forks of forks, with uncaught exceptions, each with its own status."""

import os
import sys


def spawn(level):
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        if level:
            spawn(level - 1)
        raise LookupError(f"level {level}")
    print(level, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


spawn(2)
