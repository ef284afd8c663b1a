"""Subclasses: run, start and join overridden, attributes, and a Thread used with two bases."""

import threading
import time


class Result(threading.Thread):
    def __init__(self, function, *args):
        super().__init__(name=f"{function.__name__}{args}")
        self.function, self.args, self.result = function, args, None

    def run(self):
        self.result = self.function(*self.args)

    def join(self, timeout=None):
        super().join(timeout)
        return self.result


class Counting:
    started = 0

    def start(self):
        type(self).started += 1
        super().start()


class Both(Counting, Result):
    pass


threads = [Both(pow, 2, number) for number in range(5)]
for thread in threads:
    thread.start()
print([thread.join() for thread in threads], Both.started, threads[3].name, Counting.started)
print([base.__name__ for base in Both.__mro__], isinstance(threads[0], threading.Thread))
slow = Result(time.sleep, 0.02)
slow.start()
print(slow.join(0.001), slow.is_alive(), slow.join(), slow.is_alive())
