# as: -q -i
# stdin: import sys, threading
# stdin: sys.argv, sys.orig_argv[1:], sorted(globals())
# stdin: t = threading.Thread(target=print, args=("in a thread",)); t.start(); t.join()
# stderr: yes
"""The prompt without any script, fed from a pipe."""
