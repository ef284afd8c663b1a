"""What a program sees of how it was started, without flags and arguments."""

import os
import sys

for name in ("argv", "orig_argv", "path", "flags", "executable", "warnoptions", "_xoptions"):
    print(name, getattr(sys, name))
print(os.getcwd(), os.path.abspath(__file__))
print(sys.stdin, sys.stdout, sys.stderr)
