# ends: 7
"""SystemExit with a number, while another exception is handled."""

import sys

try:
    raise ValueError
except ValueError:
    sys.exit(7)
