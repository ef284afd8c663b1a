"""Popen: pipes, poll, wait, communicate twice, terminate, kill, inherited standard output."""

import signal
import subprocess
import sys
import threading
import time

with subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as cat:
    for word in ("one", "two"):
        print(word, file=cat.stdin)
        print(cat.stdout.readline(), cat.poll(), end=" ")
print(cat.returncode, cat.args, repr(cat))
sleeper = subprocess.Popen(["sleep", "30"])
try:
    sleeper.wait(0.02)
except subprocess.TimeoutExpired as error:
    print(error)
waiting = [threading.Thread(target=sleeper.wait) for _ in range(3)]
for thread in waiting:
    thread.start()
time.sleep(0.02)
sleeper.terminate()
for thread in waiting:
    thread.join()
print(sleeper.returncode == -signal.SIGTERM, sleeper.poll(), sleeper.wait())
sys.stdout.flush()
print(subprocess.call(["echo", "inherited"]), subprocess.check_output(["echo", "checked"]), flush=True)
slow = subprocess.Popen(["sh", "-c", "read x; sleep 0.2; echo got $x"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
try:
    slow.communicate(b"word", timeout=0.02)
except subprocess.TimeoutExpired as error:
    print(type(error).__name__, error.output)
print(slow.communicate(), slow.returncode)
large = subprocess.run(["cat"], input=b"x" * 3000000, stdout=subprocess.PIPE)
print(len(large.stdout), subprocess.getoutput("echo text"), subprocess.getstatusoutput("exit 3"))
