"""Run a program under eventlet, which has no launcher of its own: under_eventlet.py PROGRAM [ARGS...]"""

import runpy
import sys

import eventlet  # type: ignore

eventlet.monkey_patch()
runpy.run_path(sys.argv.pop(1), run_name="__main__")
