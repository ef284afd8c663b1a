"""`queue` imported anew, with another copy of its C part and without it: each raises its own Empty."""

import importlib
import queue
import sys

first_c = sys.modules.pop("_queue")


def again(c_part):
    del sys.modules["queue"]
    sys.modules["_queue"] = c_part
    if c_part is not None:
        del sys.modules["_queue"]
    return importlib.import_module("queue")


for copy in (queue, again(None), again(first_c), queue):
    kind = copy.SimpleQueue
    print(kind.__module__, kind.__name__, copy.Empty.__module__, copy.Empty is queue.Empty, kind is queue.SimpleQueue)
    for call in (lambda: kind().get(False), lambda: kind().get(timeout=0.001), lambda: kind().get(True, -1)):
        try:
            call()
        except (copy.Empty, ValueError) as error:
            print(repr(error))
