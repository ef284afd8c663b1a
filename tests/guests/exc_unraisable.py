# stderr: yes
"""Exceptions that cannot be raised, in main and in a thread, with the default hook and a replaced one."""

import sys
import threading


class Bad:
    def __repr__(self):
        return "Bad()"

    def __del__(self):
        raise ValueError("in __del__")


def make():
    Bad()


def hook(unraisable):
    print(unraisable.exc_type, unraisable.exc_value, threading.current_thread().name)


for sys.unraisablehook in (sys.__unraisablehook__, hook):
    make()
    thread = threading.Thread(target=make)
    thread.start()
    thread.join()
