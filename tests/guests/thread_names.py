"""Default names count up and tell the target."""

import functools
import threading


def work():
    pass


class Mine(threading.Thread):
    pass


for thread in (
    threading.Thread(),
    threading.Thread(target=work),
    threading.Thread(target=functools.partial(work)),
    threading.Thread(target=lambda: None),
    threading.Thread(target=print, name=7),
    Mine(target=work),
    threading.Timer(1, work),
):
    print(thread.name, thread.daemon)
