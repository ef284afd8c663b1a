# ends: 3
# stderr: yes
"""sys.exit in an exit function does not change the status."""

import atexit
import sys

atexit.register(print, "still called")
atexit.register(sys.exit, 5)
sys.exit(3)
