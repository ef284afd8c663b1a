# ends: 1
# stderr: yes
"""Uncaught misuse of locks, in threads and in main."""

import threading

barrier = threading.Barrier(2)
barrier.abort()
condition = threading.Condition()
for target in (condition.notify, condition.wait, threading.RLock().release, barrier.wait):
    thread = threading.Thread(target=target)
    thread.start()
    thread.join()
threading.Lock().release()
