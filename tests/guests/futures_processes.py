"""ProcessPoolExecutor from main and from a thread."""

import concurrent.futures
import multiprocessing
import os
import threading


def work(number):
    return number * number, os.getpid() != parent


def fail(number):
    raise LookupError(number)


parent = os.getpid()


def main():
    context = multiprocessing.get_context("fork")
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as pool:
        print(list(pool.map(work, range(5))))
        print(repr(pool.submit(fail, 3).exception()))


if __name__ == "__main__":
    main()
    thread = threading.Thread(target=main)
    thread.start()
    thread.join()
