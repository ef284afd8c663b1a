# stderr: yes
"""A pool's initializer, and one that fails."""

import concurrent.futures
import threading

local = threading.local()


def prepare(value):
    local.value = value


with concurrent.futures.ThreadPoolExecutor(3, initializer=prepare, initargs=("prepared",)) as pool:
    print(list(pool.map(lambda _: local.value, range(5))))
with concurrent.futures.ThreadPoolExecutor(1, initializer=int, initargs=("not a number",)) as pool:
    try:
        print(pool.submit(print, "never printed").result())
    except concurrent.futures.thread.BrokenThreadPool as error:
        print(error)
    try:
        pool.submit(print)
    except concurrent.futures.BrokenExecutor as error:
        print(type(error).__name__, error)
