"""A subclass that forgets to call Thread.__init__."""

import threading


class Forgetful(threading.Thread):
    def __init__(self):
        pass


thread = Forgetful()
for call in (
    thread.start,
    thread.join,
    thread.is_alive,
    lambda: thread.name,
    lambda: thread.daemon,
    lambda: repr(thread),
):
    try:
        print(call())
    except Exception as error:
        print(type(error).__name__, error)
