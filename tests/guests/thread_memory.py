"""A finished thread lets go of its target, its arguments and itself."""

import gc
import threading
import weakref


class Thing:
    pass


def work(thing):
    local = Thing()
    refs.append(weakref.ref(local))


refs = []
thing = Thing()
refs.append(weakref.ref(thing))
thread = threading.Thread(target=work, args=(thing,), kwargs={})
refs.append(weakref.ref(thread))
thread.start()
thread.join()
del thing
print([ref() is None for ref in refs])
del thread
gc.collect()
print([ref() is None for ref in refs])
