# redirect: >&-
# stderr: yes
"""Started without a standard output: the descriptor stays closed."""

import os
import sys
import threading

print("nobody hears")
thread = threading.Thread(target=print, args=("nor this",))
thread.start()
thread.join()
print(sys.stdout, sys.__stdout__, file=sys.stderr)
try:
    os.write(1, b"lost")
except OSError as error:
    print(error, file=sys.stderr)
