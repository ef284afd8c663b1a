# flags: -I
# env: PYTHONWARNINGS=error PYTHONPATH=nowhere PYTHONUTF8=0
"""-I ignores the environment and the script's folder."""

import os
import sys

print(sys.flags, sys.warnoptions, sys.path, sys.orig_argv)
print(sorted(name for name in os.environ if name.startswith(("PYTHON", "OCORO"))))
try:
    import sys_flags  # noqa: F401
except ImportError as error:
    print(error)
