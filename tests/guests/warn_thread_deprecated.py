# stderr: yes
"""The old spellings of threading warn, pointing at their caller."""

import threading

thread = threading.Thread(target=print, args=("run",))
thread.setName("renamed")
thread.setDaemon(False)
print(thread.getName(), thread.isDaemon(), threading.activeCount(), threading.currentThread().name)
condition = threading.Condition()
with condition:
    condition.notifyAll()
event = threading.Event()
event.set()
print(event.isSet())
thread.start()
thread.join()
