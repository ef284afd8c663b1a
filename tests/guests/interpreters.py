"""Interpreters of the program's own run in the main thread, for long enough to be looked at, while others tick."""

import sys
import threading
import time

if sys.version_info >= (3, 13):
    import _interpreters as interpreters

    run = interpreters.exec
else:
    import _xxsubinterpreters as interpreters

    run = interpreters.run_string

CODE = """
import functools, json, pickle, time

def deep(n):
    return n and deep(n - 1) + 1

end = time.monotonic() + 0.1
while time.monotonic() < end:
    assert deep(50) == 50 and pickle.loads(pickle.dumps(json.loads("[1]"))) == [1]
"""


def tick():
    while not over.wait(0.001):
        pass


over = threading.Event()
threads = [threading.Thread(target=tick) for _ in range(3)]
for thread in threads:
    thread.start()
for _ in range(10):
    number = interpreters.create()
    time.sleep(0.002)
    print(run(number, CODE))
    interpreters.destroy(number)
over.set()
for thread in threads:
    thread.join()
