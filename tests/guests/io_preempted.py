"""Threads that write into one file without a pause: all arrives, whoever is preempted in the middle of a write."""

import os
import tempfile
import threading

BLOCKS, THREADS = 40_000, 4
errors = []


def write(file):
    try:
        for _ in range(BLOCKS):
            file.write(b"x" * 100)
    except Exception as error:
        errors.append(error)


with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "file")
    with open(path, "wb", 64) as file:
        threads = [threading.Thread(target=write, args=(file,)) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    print(os.path.getsize(path), errors)
