"""What is destroyed at the end, and when: finalizers, module globals, what threads left behind."""

import threading
import weakref


class Noisy:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        print("deleted", self.name)


def work():
    local.noisy = Noisy("in a thread's local")
    print("thread ends")


local = threading.local()
thread = threading.Thread(target=work)
thread.start()
thread.join()
kept = Noisy("global")
weakref.finalize(kept, print, "finalize")
weakref.finalize(thread, print, "finalize thread").atexit = False
print("main is done")
