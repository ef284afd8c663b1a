# ends: 1
# stderr: yes
"""Uncaught Empty and Full of a queue, in threads and in main: the traceback shows the standard library's frames."""

import queue
import threading

full = queue.Queue(1)
full.put(1)
for target, args in (
    (queue.Queue().get, (True, 0.01)),
    (full.put, (2, True, 0.01)),
    (queue.LifoQueue().get_nowait, ()),
):
    thread = threading.Thread(target=target, args=args)
    thread.start()
    thread.join()
full.task_done()
full.task_done()
