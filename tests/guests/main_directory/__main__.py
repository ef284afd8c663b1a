# as: .
# args: a b
"""A directory as the target."""

import sys

import neighbour

print(sys.argv, sys.path[0], sorted(globals()), __file__, __spec__.name, type(__loader__).__name__, __package__)
print(neighbour.__name__, neighbour.__file__)
