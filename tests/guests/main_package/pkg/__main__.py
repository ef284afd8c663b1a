# as: -m pkg
# args: a -c b
# ends: 1
# stderr: yes
"""A package as the target: run by runpy, which shows in the traceback."""

import inspect
import sys
import threading

from . import other

print("main", sys.argv, sys.path[0], sys.orig_argv[1:], sorted(globals()), __spec__.name, __package__, __file__)
print(len(inspect.stack()), [frame.function for frame in inspect.stack()])
thread = threading.Thread(target=other.depth)
thread.start()
thread.join()
raise LookupError("in a package")
