"""Barrier: rounds, action, broken by a time-out, by abort and by a failing action, reset."""

import re
import threading
import time


def attempt(call, *args, **kwargs):
    try:
        return call(*args, **kwargs)
    except Exception as error:
        return type(error).__name__, error.args


def together(barrier, count, *args):
    answers = []
    threads = [
        threading.Thread(target=lambda: answers.append(attempt(barrier.wait, *args)), name=str(number))
        for number in range(count)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(sorted(answers, key=str), barrier.n_waiting, barrier.broken, barrier.parties)


def shown(barrier):
    return re.sub("0x[0-9a-f]+", "..", repr(barrier))


together(threading.Barrier(3, action=lambda: print("action")), 6)
short = threading.Barrier(3, timeout=0.02)
together(short, 2)
print(attempt(short.wait), shown(short))
short.reset()
together(short, 3)
together(threading.Barrier(2, action=lambda: 1 / 0), 2)
aborted = threading.Barrier(4)
threads = [threading.Thread(target=attempt, args=(aborted.wait,)) for _ in range(2)]
for thread in threads:
    thread.start()
while aborted.n_waiting < 2:
    time.sleep(0.001)
print(shown(aborted))
aborted.abort()
for thread in threads:
    thread.join()
print(aborted.broken, attempt(aborted.wait))
print(shown(attempt(threading.Barrier, 0)), shown(attempt(threading.Barrier, -1)))
