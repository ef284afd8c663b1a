# stderr: yes
"""Exceptions that cannot be raised, in main and in a thread, with the default hook and a replaced one."""

import sys
import threading
import weakref


class Thing:
    def __del__(self):
        print("deleted in", threading.current_thread().name)


class Callback:
    def __call__(self, reference):
        raise ValueError("in a callback")

    def __repr__(self):
        return "Callback()"


def make():
    thing = Thing()
    reference = weakref.ref(thing, callback)
    del thing
    print(reference())


def hook(unraisable):
    print(unraisable.exc_type, unraisable.exc_value, unraisable.object, threading.current_thread().name)


callback = Callback()
for sys.unraisablehook in (sys.__unraisablehook__, hook):
    make()
    thread = threading.Thread(target=make)
    thread.start()
    thread.join()
