"""Threads share files on pipes: what one is in the middle of, the others wait for."""

import io
import os
import subprocess
import sys
import threading


def together(*functions):
    threads = [threading.Thread(target=function) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


r, w = os.pipe()
out, lines = os.fdopen(w, "wb", 100), []
source = os.fdopen(r, "rb")
writers_left = [5]


def write():
    for number in range(300):
        out.write(b"%d " % number + b"x" * 200 + b"\n")
    writers_left[0] -= 1
    if not writers_left[0]:
        out.close()


def read():
    lines.extend(source)


together(*[write] * 5, read)
print(sum(map(len, lines)))

r, w = os.pipe()
f = os.fdopen(r)
order = []
reading = threading.Thread(target=lambda: order.append(f.read()))
reading.start()


def late():
    order.append("write")
    os.write(w, b"late")
    os.close(w)


writing = threading.Thread(target=late)
writing.start()
reading.join()
f.close()
writing.join()
print(order)

cat = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
heard = []


def hear():
    for line in cat.stdout:
        heard.append(line)
        answered.release()


def say():
    for number in range(20):
        print(number, file=cat.stdin, flush=True)
        answered.acquire()
    cat.stdin.close()


answered = threading.Semaphore(0)
together(hear, say)
print(len(heard), heard[-1], cat.wait())
print(subprocess.check_output(["echo", "checked"]), os.popen("echo popen").read(), end="")

r, w = os.pipe()
tty = io.TextIOWrapper(io.BufferedReader(io.FileIO(r)))
os.write(w, b"made by hand\n")
print(tty.readline(), end="")
unflushed = subprocess.Popen(["cat"], stdin=subprocess.PIPE)
sys.stdout.flush()
unflushed.stdin.write(b"flushed at the end\n")
