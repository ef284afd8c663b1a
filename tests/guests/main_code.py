# as: -c {code}
# args: a -m b
# ends: 1
# stderr: yes
"""-c: the program has no file."""

import sys

print(sys.argv, sys.path[0] == "", sys.orig_argv[1], sorted(globals()), __spec__, type(__loader__))
raise ValueError("in -c")
