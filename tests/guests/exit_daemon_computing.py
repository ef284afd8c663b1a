"""A daemon thread that computes does not keep the program alive."""

import threading

started = threading.Event()


def compute():
    number = 0
    while True:
        number += 1
        if number == 1000:
            started.set()


threading.Thread(target=compute, daemon=True).start()
started.wait()
print("main is done")
