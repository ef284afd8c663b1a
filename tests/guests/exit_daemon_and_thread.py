"""A daemon thread goes on as long as other threads keep the program alive."""

import threading
import time

ticks = []


def tick():
    while True:
        time.sleep(0.01)
        ticks.append(1)


def work():
    threading.main_thread().join()
    before = len(ticks)
    time.sleep(0.1)
    print(len(ticks) > before, threading.main_thread().is_alive())


threading.Thread(target=tick, daemon=True).start()
threading.Thread(target=work).start()
