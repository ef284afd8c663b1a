# stderr: yes
"""logging from threads: names, formats, handlers with locks, exceptions, queue handlers."""

import logging
import logging.handlers
import queue
import sys
import threading

FORMAT = "%(levelname)s %(threadName)s %(name)s %(funcName)s %(lineno)d %(processName)s %(message)s"
logging.basicConfig(level=logging.INFO, format=FORMAT, stream=sys.stdout)
log = logging.getLogger("guest")


def work(number):
    log.info("working on %d", number)
    try:
        1 // (number - 1)
    except ZeroDivisionError:
        log.exception("failed")


for number in range(3):
    thread = threading.Thread(target=work, args=(number,), name=f"worker {number}")
    thread.start()
    thread.join()
records = queue.Queue()
listener = logging.handlers.QueueListener(records, logging.StreamHandler(sys.stdout))
log.propagate = False
log.addHandler(logging.handlers.QueueHandler(records))
listener.start()
threads = [threading.Thread(target=log.info, args=("queued",)) for _ in range(10)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
listener.stop()
logging.getLogger("other").warning("%d arguments", 1, 2)
