"""time.sleep: durations, forms of use, and what it refuses."""

import decimal
import fractions
import functools
import pickle
import threading
import time


class Index:
    def __index__(self):
        return 0


class Naps:
    nap = time.sleep


def attempt(*args, **kwargs):
    try:
        print([type(each).__name__ for each in args], kwargs, time.sleep(*args, **kwargs))
    except Exception as error:
        print([type(each).__name__ for each in args], kwargs, type(error).__name__, error)


def attempts():
    for value in (0, 0.0, 0.001, False, fractions.Fraction(1, 1000), -1, -0.5, "1", None, [], 1j, 1e30, 2**70, Index()):
        attempt(value)
    for value in (float("nan"), float("inf"), decimal.Decimal("0.001"), -1e-12, 1e-12):
        attempt(value)


attempts()
thread = threading.Thread(target=attempts)
thread.start()
thread.join()
print(Naps().nap(0.001), Naps.nap(0), functools.partial(time.sleep, 0.001)(), list(map(time.sleep, [0, 0.001])))
print(pickle.loads(pickle.dumps(time.sleep)) is time.sleep)
print(time.sleep.__name__, time.sleep.__module__, time.sleep.__qualname__, hash(time.sleep) == hash(time.sleep))
