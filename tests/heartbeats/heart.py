"""A heart that beats in a thread beside blocking operations. Most of them end only because it still does."""

import threading
import time

PERIOD = 0.001  # seconds
ENOUGH = 5  # beats that prove that an operation let others run

_operations = []


class Heart:
    def __init__(self):
        self.beats = 0
        self._actions = []

    def start(self):
        threading.Thread(target=self._run, daemon=True).start()

    def later(self, action, *args):
        """Call `action` when there were beats enough: what it lets go then has waited meanwhile."""
        self._actions.append((self.beats + ENOUGH, action, args))

    def _run(self):
        while True:
            time.sleep(PERIOD)
            self.beats += 1
            if self._actions and self._actions[0][0] <= self.beats:
                _, action, args = self._actions.pop(0)
                action(*args)


heart = Heart()
later = heart.later


def operation(function):
    """Decorates a function that blocks, usually until what it gave to `later` is called. Its result is printed."""
    _operations.append(function)
    return function


def perform():
    """Do one operation after the other, and say of each what came of it and whether the heart went on beating."""
    heart.start()
    for function in _operations:
        print(function.__name__, end=" ", flush=True)
        before = heart.beats
        try:
            result = repr(function())
        except Exception as error:
            result = repr(error)
        print(result, "beats" if heart.beats - before >= ENOUGH else "stands still", flush=True)
