"""faulthandler shows the stacks of all threads, the newest first."""

import faulthandler
import re
import tempfile
import threading
import time

over = threading.Event()


def ada():
    over.wait()


def bob(depth=3):
    if depth:
        bob(depth - 1)
    else:
        over.wait()


def büttner():
    show()


def show(**options):
    with tempfile.TemporaryFile("w+") as file:
        file.write("before\n")
        faulthandler.dump_traceback(file, **options)
        file.seek(0)
        text = re.sub("0x[0-9a-f]{16}", "_", file.read())
    print("\n".join(line for line in text.splitlines() if "threading.py" not in line), end="\n\n")


threads = [threading.Thread(target=function) for function in (ada, bob)]
for thread in threads:
    thread.start()
while len(over._cond._waiters) < 2:
    time.sleep(0.001)
show()
show(all_threads=False)
last = threading.Thread(target=büttner)
for step in (last.start, last.join):
    step()
over.set()
for thread in threads:
    thread.join()
for file in (-1, "name", 1 << 40, object()):
    try:
        faulthandler.dump_traceback(file)
    except Exception as error:
        print(repr(error))
