"""weakref.finalize and garbage collection across threads."""

import gc
import threading
import weakref


class Node:
    pass


def work():
    node = Node()
    node.own = node
    weakref.finalize(node, print, "finalized in", threading.current_thread().name)
    del node
    gc.collect()
    print("collected")


kept = Node()
weakref.finalize(kept, lambda: print("at exit", threading.current_thread().name))
weakref.finalize(kept, print, "first at exit")
thread = threading.Thread(target=work, name="worker")
thread.start()
thread.join()
print("main is done", weakref.finalize(Node(), print, "at once").alive)
