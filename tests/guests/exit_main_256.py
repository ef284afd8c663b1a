"""An exit status is a byte."""

import sys

sys.exit(256)
