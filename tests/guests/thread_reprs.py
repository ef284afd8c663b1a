"""How every primitive of threading and queue presents itself."""

import queue
import re
import threading

for thing in (
    threading.Lock(),
    threading.RLock(),
    threading.Condition(),
    threading.Condition(threading.Lock()),
    threading.Event(),
    threading.Semaphore(3),
    threading.BoundedSemaphore(2),
    threading.Barrier(2),
    threading.local(),
    threading.Thread(name="thread"),
    threading.Timer(1, print),
    threading.main_thread(),
    queue.Queue(),
    queue.SimpleQueue(),
):
    print(re.sub(r"0x[0-9a-f]+|\d{4,}", "..", repr(thing)), type(thing).__module__, type(thing).__qualname__)
