# env: PYTHONWARNINGS=error::UserWarning PYTHONPATH=nowhere:elsewhere PYTHONUNBUFFERED=1 PYTHONHASHSEED=0 PYTHONUTF8=1
"""Options given by the environment reach the program once."""

import os
import sys
import warnings

print(sys.flags, sys.path, sys.warnoptions, hash("a"))
print({name: value for name, value in sorted(os.environ.items()) if name.startswith("PYTHON")})
try:
    warnings.warn("becomes an error", stacklevel=1)
except UserWarning as error:
    print(repr(error))
