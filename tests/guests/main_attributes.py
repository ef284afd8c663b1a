"""The main module's attributes."""

import builtins
import sys

for name in sorted(globals()):
    if name not in ("builtins", "sys", "name"):
        value = globals()[name]
        print(name, type(value).__name__, value if isinstance(value, (str, type(None))) else "")
print(__builtins__ is builtins, sys.modules[__name__].__dict__ is globals(), vars(builtins)["__import__"])
print(__loader__.path, sorted(globals()["__annotations__"]))
