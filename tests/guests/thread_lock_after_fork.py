"""Locks know about fork by _at_fork_reinit; locks are not copied or pickled."""

import copy
import pickle
import threading
import weakref

for make in (threading.Lock, threading.RLock):
    lock = make()
    lock.acquire()
    lock._at_fork_reinit()
    print(lock.acquire(False), weakref.ref(lock)() is lock)
    for call in (pickle.dumps, copy.copy, copy.deepcopy):
        try:
            call(lock)
        except TypeError as error:
            print(error)
