"""What a thread was started with is let go of before the thread has ended: nobody who joined it finds it alive."""

import threading
import weakref


class Target:
    def __init__(self, event):
        self.event = event

    def __call__(self):
        self.event.wait()
        with lock:
            pass


lock = threading.Lock()
for _ in range(3):
    event = threading.Event()
    target = Target(event)
    watched = weakref.ref(target)
    thread = threading.Thread(target=target)
    del target
    thread.start()
    event.set()
    while thread.is_alive():
        pass
    thread.join()
    print(watched() is None)
