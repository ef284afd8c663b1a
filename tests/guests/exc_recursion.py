"""How deep main and a thread can go."""

import sys
import threading


def dive(depth):
    try:
        return dive(depth + 1)
    except RecursionError as error:
        return f"about {round(depth, -2)} {error}"  # a thread can go some frames less deep


def show(name):
    print(name, dive(1))


show("main")
for limit in (1000, 500, 5000):
    sys.setrecursionlimit(limit)
    thread = threading.Thread(target=show, args=(f"thread with limit {limit}",))
    thread.start()
    thread.join()
show("main again")
