# redirect: <&-
# stderr: yes
# ends: 1
"""Started without a standard input."""

import os
import sys

print(sys.stdin)
try:
    os.read(0, 1)
except OSError as error:
    print(error)
input()
