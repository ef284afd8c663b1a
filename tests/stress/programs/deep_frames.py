"""Threads that are very many Python frames deep: several at once, started from the depth, left by an exception."""

import sys
import threading
import time

DEPTH = int(sys.argv[1])

sys.setrecursionlimit(DEPTH + 1000)


def descend(frames, at_the_bottom):
    """The number of frames below; others have their turns on the way down and up."""
    if frames == 0:
        return at_the_bottom() or 0
    if frames % 5000 == 0:
        time.sleep(0)
    below = descend(frames - 1, at_the_bottom)
    if frames % 5000 == 0:
        time.sleep(0)
    return below + 1


def in_thread(function, *args):
    """What the function returns, called in a thread of its own."""
    result = []
    thread = threading.Thread(target=lambda: result.append(function(*args)))
    thread.start()
    thread.join()
    return result[0]


def several_at_once():
    """All meet at the bottom."""
    meeting, depths = threading.Barrier(4), []

    def dive():
        depths.append(descend(DEPTH, lambda: meeting.wait() and None))

    threads = [threading.Thread(target=dive) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print("several at once", depths)


def from_the_depth():
    """A thread that is started from deep inside another one begins at the top."""
    print("from the depth", in_thread(descend, DEPTH, lambda: in_thread(descend, DEPTH, lambda: None)))


def fall():
    raise LookupError("bottom")


def out_by_exception():
    def dive():
        try:
            descend(DEPTH, fall)
        except LookupError as error:
            frames, step = 0, error.__traceback__
            while step is not None:
                frames, step = frames + 1, step.tb_next
            return str(error), frames

    print("out by exception", in_thread(dive))


def endless():
    return endless()


def too_deep():
    """The limit still holds, and does no harm."""

    def dive():
        try:
            endless()
        except RecursionError as error:
            return str(error)

    print("too deep", in_thread(dive), "and again", in_thread(descend, DEPTH, lambda: None))


several_at_once()
from_the_depth()
out_by_exception()
too_deep()
