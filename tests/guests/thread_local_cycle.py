"""A cycle through the attributes of a `threading.local` is garbage, in main and in a thread, while the thread lives."""

import gc
import threading
import weakref


class Node:
    pass


def collected():
    node = Node()
    node.local = threading.local()
    node.local.node = node
    watched = weakref.ref(node)
    del node
    gc.collect()
    return watched() is None


print("main", collected())
thread = threading.Thread(target=lambda: print("thread", collected()))
thread.start()
thread.join()

shared = threading.local()
shared.node = Node()
kept = weakref.ref(shared.node)
thread = threading.Thread(target=lambda: setattr(shared, "node", Node()))
thread.start()
thread.join()
gc.collect()
print("alive", kept() is shared.node)
del shared
print("gone", kept() is None)
