"""Threads that are not daemons finish after main did, in the order of their own waits."""

import atexit
import threading
import time


def work(delay, text):
    threading.main_thread().join()
    time.sleep(delay)
    print(text, threading.main_thread().is_alive(), threading.current_thread().name)


def work_more():
    work(0.1, "second")
    try:
        threading.Thread(target=work, args=(0.02, "fourth, started after main ended")).start()
    except RuntimeError as error:
        print(error)
    print("third")


atexit.register(print, "last: at exit")
threading.Thread(target=work_more).start()
threading.Thread(target=work, args=(0.02, "first")).start()
print("main is done")
