# ends: -2
# stderr: yes
"""An uncaught KeyboardInterrupt ends the process by SIGINT, after finally and exit functions."""

import atexit

atexit.register(print, "at exit")
try:
    raise KeyboardInterrupt
finally:
    print("finally")
