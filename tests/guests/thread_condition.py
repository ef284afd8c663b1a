"""Condition: wait, notify, wait_for, time-outs, ownership."""

import re
import threading

condition = threading.Condition()
items = []
taken = []
waiting = threading.Semaphore(0)


def take(name):
    with condition:
        waiting.release()
        while not items:
            condition.wait()
        taken.append((name, items.pop(0)))
        condition.notify_all()


def attempt(call, *args):
    try:
        print(call.__name__, args, call(*args))
    except Exception as error:
        print(call.__name__, args, type(error).__name__, error)


for call in (condition.wait, condition.notify, condition.notify_all, condition.release):
    attempt(call)
threads = [threading.Thread(target=take, args=(number,)) for number in range(5)]
for thread in threads:
    thread.start()
    waiting.acquire()
with condition:
    items.extend("ab")
    condition.notify(2)
    print(condition.wait_for(lambda: len(taken) == 2, 5), condition.wait_for(lambda: False, 0.02))
    print(condition.wait(0.01), condition.wait(0), re.sub("0x[0-9a-f]+|owner=[1-9][0-9]+", "..", repr(condition)))
    items.extend("cde")
    condition.notify_all()
for thread in threads:
    thread.join()
print(sorted(item for name, item in taken), sorted(name for name, item in taken))
with condition, condition:
    print(condition.wait(0.01), condition._is_owned())
plain = threading.Condition(threading.Lock())
with plain:
    print(plain.wait(0.01), plain.acquire(False))
