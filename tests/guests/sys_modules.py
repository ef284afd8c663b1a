"""Nothing of the launcher is loaded, and the launcher's folders are not top-level modules."""

import importlib
import sys

print([name for name in ("click", "rich", "cli", "hooks", "runtime", "conftest") if name in sys.modules])
for name in ("cli", "hooks", "runtime", "startup"):
    try:
        importlib.import_module(name)
    except ImportError as error:
        print(error)
print(sys.modules["__main__"].__dict__ is globals(), [name for name in sys.modules if name.startswith("__mp")])
