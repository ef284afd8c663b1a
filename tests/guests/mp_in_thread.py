"""Processes started and joined in threads; waiting for several at once."""

import multiprocessing
import multiprocessing.connection
import threading
import time
import warnings

warnings.simplefilter("ignore")


def work(number, pipe):
    time.sleep(0.02 * number)
    pipe.send(number)


def run(number):
    ours, theirs = context.Pipe(False)
    process = context.Process(target=work, args=(number, theirs))
    process.start()
    started.wait()  # starting a process reaps those that have ended, and who joins one must not miss it by that
    found.append((multiprocessing.connection.wait([ours], 10) == [ours], ours.recv()))
    process.join()
    found.append((process.exitcode, process.is_alive()))


if __name__ == "__main__":
    context = multiprocessing.get_context("fork")
    found = []
    started = threading.Barrier(3)
    threads = [threading.Thread(target=run, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(sorted(found))
