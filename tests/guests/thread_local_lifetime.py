"""What a thread left in a local is destroyed when the thread ends, and with the local itself."""

import gc
import threading
import weakref


class Noisy:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        print("deleted", self.name)


def work(name):
    local.noisy = Noisy(name)
    print("thread ends", name)


local = threading.local()
for name in ("first", "second"):
    thread = threading.Thread(target=work, args=(name,))
    thread.start()
    thread.join()
    print("joined", name)
local.noisy = Noisy("main's")
gone = weakref.ref(local)
del local
gc.collect()
print(gone())
