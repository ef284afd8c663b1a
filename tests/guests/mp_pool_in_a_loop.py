"""Tasks one after the other in a pool of processes.

The kind: an fd that several threads wait for by different calls (the pool's own threads poll and read one pipe), while
a thread makes calls that never have to wait.
"""

import multiprocessing
from multiprocessing.pool import MaybeEncodingError


def double(number):
    return number * 2


def unpicklable():
    return lambda: None


if __name__ == "__main__":
    for method in ("fork", "spawn"):
        with multiprocessing.get_context(method).Pool(2) as pool:
            print(method, [pool.apply(double, (number,)) for number in range(20)])
            print(pool.map(double, range(10)))
            errors = 0
            for _ in range(10):
                try:
                    pool.apply(unpicklable)
                except MaybeEncodingError:
                    errors += 1
            print(errors, "errors")
