"""Classes and functions of __main__ are pickled by reference to __main__."""

import copyreg
import pickle
import threading


class Mine:
    def __init__(self, value):
        self.value = value

    def __eq__(self, other):
        return self.value == other.value


def function():
    pass


for thing in (Mine, function, Mine(5), Mine(5).__init__, threading.Thread, threading.Event):
    for protocol in (0, 4):
        try:
            data = pickle.dumps(thing, protocol)
            print(data, pickle.loads(data) == thing)
        except Exception as error:
            print(type(error).__name__, error)
print(pickle.loads(b"c__main__\nMine\n.") is Mine, sorted(copyreg.dispatch_table, key=repr)[:0])
for thing in (threading.Lock(), threading.local(), threading.Event(), threading.Thread()):
    try:
        print(len(pickle.dumps(thing)))
    except TypeError as error:
        print(error)
