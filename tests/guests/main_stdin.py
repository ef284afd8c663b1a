# as: -
# args: a -m b
# stdin: {code}
# ends: 1
# stderr: yes
"""A program on standard input."""

import sys
import threading

print(sys.argv, sys.path[0] == "", sys.orig_argv[1:], sorted(globals()), __spec__, type(__loader__))
thread = threading.Thread(target=print, args=("in a thread",))
thread.start()
thread.join()
raise ValueError("on standard input")
