"""Threads that start threads do not inherit depth from each other."""

import threading

depths = []


def dive(depth):
    try:
        return dive(depth + 1)
    except RecursionError:
        return depth


def chain(left):
    depths.append(dive(1))
    if left:
        thread = threading.Thread(target=chain, args=(left - 1,))
        thread.start()
        thread.join()


def deep(left):
    if left:
        deep(left - 1)
    else:
        thread = threading.Thread(target=chain, args=(20,))
        thread.start()
        thread.join()


deep(800)
print(len(depths), len(set(depths)))
