"""The package's body runs before its main program."""

import sys

print("package", sys.argv, sys.path[0], __name__)
