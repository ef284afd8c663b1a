"""Work still pending when main ends is finished before the interpreter goes."""

import atexit
import concurrent.futures
import time


def work(number):
    time.sleep(0.02)
    print("worked", number)


atexit.register(print, "at exit")
pool = concurrent.futures.ThreadPoolExecutor(1)
for number in range(4):
    pool.submit(work, number)
print("main is done")
