# stderr: yes
"""Errors in children of multiprocessing: shown by the child, or brought home by a pool."""

import multiprocessing
import sys


def fail(text):
    raise LookupError(text)


def leave():
    sys.exit("text of the child")


if __name__ == "__main__":
    context = multiprocessing.get_context("fork")
    for target, args in ((fail, ("in a child",)), (leave, ())):
        process = context.Process(target=target, args=args, name="the child")
        process.start()
        process.join()
        print(process.exitcode, flush=True)
    with context.Pool(1) as pool:
        try:
            pool.map(fail, ["in a pool"])
        except LookupError as error:
            print(repr(error), type(error.__cause__).__name__, error.__cause__)
        try:
            pool.apply(lambda: 1)
        except Exception as error:
            print(type(error).__name__)
    process = context.Process(target=fail)
    for call in (process.join, process.terminate, process.close):
        try:
            print(call())
        except Exception as error:
            print(type(error).__name__, error)
