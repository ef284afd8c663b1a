# stderr: yes
"""faulthandler shows the stack of main."""

import faulthandler
import sys


def inner():
    faulthandler.dump_traceback(sys.stderr, all_threads=False)


def outer():
    inner()


outer()
