# ends: 1
# stderr: yes
"""Exceptions out of a pool: kept, raised again with their traceback, logged from a callback, uncaught."""

import concurrent.futures
import logging
import traceback


def fail(text):
    raise LookupError(text)


def attempt(call, *args, **kwargs):
    try:
        print(call(*args, **kwargs))
    except Exception as error:
        print(type(error).__name__, error)


class Handler(logging.Handler):
    def emit(self, record):
        print("logged", record.name, record.msg, repr(record.exc_info[1]))


logging.getLogger().addHandler(Handler())
with concurrent.futures.ThreadPoolExecutor(1) as pool:
    future = pool.submit(fail, "first")
    print(repr(future.exception()))
    try:
        future.result()
    except LookupError as error:
        print([frame.name for frame in traceback.extract_tb(error.__traceback__)])
    pool.submit(int, "5").add_done_callback(lambda done: fail("in a callback"))
    attempt(pool.submit(int, "x").result)
    attempt(concurrent.futures.ThreadPoolExecutor, 0)
    attempt(concurrent.futures.ThreadPoolExecutor, 1, initializer=3)
    attempt(pool.submit)
    leaving = pool.submit(exit, 3)
    print(repr(leaving.exception()))
attempt(pool.submit, print)
with concurrent.futures.ThreadPoolExecutor(1) as pool:
    pool.submit(fail, "uncaught").result()
