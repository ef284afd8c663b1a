# stderr: yes
"""Exit statuses of every kind, each in a child of its own."""

import os
import sys

for status in (None, 0, 1, 255, 257, -2, True, 2.5, "text", (1, 2), [], b"bytes"):
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        sys.exit(status)
    print(repr(status), os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
