# ends: -2
# stderr: yes
"""Signals in the middle of a read: handlers run at once, the read goes on or ends by what they raise."""

import os
import signal
import subprocess

r, w = os.pipe()
f = os.fdopen(r)
signal.signal(signal.SIGALRM, lambda *args: os.write(w, b"from the handler\n"))
signal.setitimer(signal.ITIMER_REAL, 0.02)
print(f.readline(), end="")


def reentrant(*args):
    try:
        f.buffer.read(1)
    except RuntimeError as error:
        print(str(error)[:14])
    os.write(w, b"after\n")


signal.signal(signal.SIGALRM, reentrant)
signal.setitimer(signal.ITIMER_REAL, 0.02)
print(f.readline(), end="")
signal.signal(signal.SIGALRM, lambda *args: 1 / 0)
sleeper = subprocess.Popen(["sleep", "30"], stdout=subprocess.PIPE)
for call in (f.readline, f.read, lambda: next(f), f.buffer.peek, sleeper.stdout.read, lambda: os.wait()):
    signal.setitimer(signal.ITIMER_REAL, 0.02)
    try:
        call()
    except ZeroDivisionError as error:
        print(error)
sleeper.kill()
print(sleeper.wait(), sleeper.stdout.read())
os.write(w, b"still there\n")
print(f.readline(), flush=True)
signal.signal(signal.SIGALRM, signal.default_int_handler)
signal.setitimer(signal.ITIMER_REAL, 0.02)
f.readline()
