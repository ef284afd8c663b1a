# ends: 1
# stderr: yes
"""Chains of exceptions: with a cause, a context, and suppressed; in a thread and in main."""

import threading


def first():
    raise KeyError("first")


def cause():
    try:
        first()
    except KeyError as error:
        raise ValueError("because of") from error


def context():
    try:
        cause()
    except ValueError:
        first()


def suppressed():
    try:
        context()
    except KeyError:
        raise LookupError("alone") from None


for target in (cause, context, suppressed):
    thread = threading.Thread(target=target)
    thread.start()
    thread.join()
context()
