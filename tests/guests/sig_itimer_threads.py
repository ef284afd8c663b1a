"""Interval timers go off in main, whatever it waits in and whoever computes; alarm and setitimer tell what is left."""

import queue
import signal
import threading
import time

ticks = []
mains = []
over = threading.Event()


def tick(number, frame):
    ticks.append(number)
    mains.append(threading.current_thread() is threading.main_thread())


def compute():
    while not over.is_set():
        pass


signal.signal(signal.SIGALRM, tick)
signal.signal(signal.SIGVTALRM, tick)
threads = [threading.Thread(target=compute) for _ in range(2)]
for thread in threads:
    thread.start()
print(signal.setitimer(signal.ITIMER_REAL, 0.005, 0.005))
waits = [
    lambda: time.sleep(0.002),
    lambda: threading.Event().wait(0.002),
    lambda: threading.Thread(target=print, args=("",), kwargs={"end": ""}).start(),
]
while len(ticks) < 10:
    waits[len(ticks) % 3]()
print(signal.setitimer(signal.ITIMER_REAL, 0)[1])
signal.setitimer(signal.ITIMER_VIRTUAL, 0.01)
while signal.SIGVTALRM not in ticks:
    time.sleep(0.001)
print(signal.getitimer(signal.ITIMER_VIRTUAL))
print(signal.alarm(100), signal.alarm(0) > 90)
over.set()
for thread in threads:
    thread.join()
print(all(mains), set(ticks) == {signal.SIGALRM, signal.SIGVTALRM})


class Bell(Exception):
    pass


def ring(number, frame):
    raise Bell


signal.signal(signal.SIGALRM, ring)
signal.setitimer(signal.ITIMER_REAL, 0.01)
try:
    queue.Queue().get()
except Bell:
    print("rung")
