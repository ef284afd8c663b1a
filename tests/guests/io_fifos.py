"""Many threads wait for the other sides of FIFOs, and for commands that wait for one another."""

import os
import tempfile
import threading

COUNT = 50  # more than there are workers for calls that end by themselves
received, statuses = [], []


def read(path):
    with open(path) as file:
        received.append(file.read())


def run(path):
    statuses.append(os.system(f"cat {path} > /dev/null"))


with tempfile.TemporaryDirectory() as folder:
    for work in (read, run):
        paths = [os.path.join(folder, f"{work.__name__}-{number}") for number in range(COUNT)]
        for path in paths:
            os.mkfifo(path)
        threads = [threading.Thread(target=work, args=(path,)) for path in paths]
        for thread in threads:
            thread.start()
        for path in reversed(paths):
            with open(path, "w") as file:
                file.write(path[-1])
        for thread in threads:
            thread.join()
print(sorted("".join(received)), set(statuses), len(statuses))
