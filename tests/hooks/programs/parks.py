"""Arguments: code to run before, a call, and code for another coroutine to run while the main one is parked in it."""

import _thread
import json
import sys
import time

from ocoro.runtime.instance import scheduler

before, call, meanwhile, briefly = sys.argv[1:]
space = {"__name__": "__main__"}
calling = []
ran = []
returned = []


def other():
    while not calling or not (briefly or scheduler.main.parked):
        time.sleep(0)
    ran.append(True)
    exec(meanwhile, space)
    while briefly and not returned:  # or there might be nobody to be held up any more
        time.sleep(0)


exec("import _thread, os, queue, select, selectors, socket, subprocess, sys, threading, time\n" + before, space)
call = compile(call, "<call>", "exec")
_thread.start_new_thread(other, ())
calling.append(True)
exec(call, space)
returned.append(True)
if not ran:
    sys.exit("nobody ran meanwhile")
print(json.dumps({each.name: each.count for each in scheduler.recorder.summary().calls}))
