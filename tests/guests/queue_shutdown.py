"""Queue.shutdown, from Python 3.13 on, wakes those who wait."""

import queue
import threading
import time

answers = []


def get(items):
    try:
        answers.append(items.get())
    except Exception as error:
        answers.append(type(error).__name__)


if hasattr(queue, "ShutDown"):
    for immediate in (False, True):
        items = queue.Queue()
        threads = [threading.Thread(target=get, args=(items,)) for _ in range(3)]
        for thread in threads:
            thread.start()
        time.sleep(0.02)
        items.put(1)
        time.sleep(0.02)
        items.shutdown(immediate)
        for thread in threads:
            thread.join()
        print(sorted(answers, key=str), items.qsize())
        answers.clear()
else:
    print("before 3.13")
