# args: once
"""A program that replaces itself."""

import os
import sys

print(sys.argv[1:], sys.orig_argv[1:], [name for name in os.environ if "OCORO" in name], flush=True)
if sys.argv[1:] == ["once"]:
    os.execv(sys.executable, [*sys.orig_argv[:-1], "twice"])
