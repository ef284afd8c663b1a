"""The program can read its own source, and run another program by runpy."""

import inspect
import linecache
import os
import runpy
import sys

print(inspect.getsource(sys.modules["__main__"]) == open(__file__).read(), linecache.getline(__file__, 1))
print(inspect.getsourcefile(inspect.currentframe()) == __file__, os.path.isabs(__file__))
found = runpy.run_path(os.path.join("main_directory", "neighbour.py"), run_name="other")
print(sorted(found)[:3], found["__name__"], found["__file__"])
