"""A handler may use locks, queues and threads, and wait for them."""

import os
import queue
import signal
import threading
import time

messages = queue.SimpleQueue()


def handle(number, frame):
    worker = threading.Thread(target=lambda: (time.sleep(0.01), messages.put("from a worker")))
    worker.start()
    worker.join()
    print("handler got", messages.get(timeout=5))


def send():
    time.sleep(0.02)
    os.kill(os.getpid(), signal.SIGUSR1)


signal.signal(signal.SIGUSR1, handle)
thread = threading.Thread(target=send)
thread.start()
time.sleep(0.1)
thread.join()
print("main goes on", threading.active_count())
