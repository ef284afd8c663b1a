"""Event: set, clear, wait by many, time-outs."""

import re
import threading

event = threading.Event()
answers = []
threads = [threading.Thread(target=lambda: answers.append(event.wait(5))) for _ in range(20)]
for thread in threads:
    thread.start()
print(event.is_set(), event.wait(0.01), event.wait(0), re.sub("0x[0-9a-f]+", "..", repr(event)))
event.set()
for thread in threads:
    thread.join()
print(answers, event.wait(), event.wait(-1), re.sub("0x[0-9a-f]+", "..", repr(event)))
event.clear()
print(event.is_set(), event.wait(-1))
try:
    event.wait("text")
except TypeError as error:
    print(error)
