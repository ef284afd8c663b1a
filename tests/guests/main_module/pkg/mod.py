# as: -m pkg.mod
# args: a b
"""A module inside a package as the target."""

import pickle
import sys


class Mine:
    pass


print(sys.argv, sys.path[0], sys.orig_argv[1:], sorted(globals()), __spec__.name, __package__, __name__)
print(pickle.dumps(Mine), Mine.__module__, Mine.__qualname__)
