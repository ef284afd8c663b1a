# flags: -E -s -P
# env: PYTHONWARNINGS=error PYTHONPATH=nowhere
"""-E and -P."""

import sys
import warnings

warnings.simplefilter("ignore")
warnings.warn("not an error", stacklevel=1)
print(sys.flags, sys.path, sys.orig_argv)
