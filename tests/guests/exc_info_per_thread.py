"""The exception being handled belongs to a thread."""

import sys
import threading

handled, looked = threading.Event(), threading.Event()


def handle():
    try:
        raise ValueError("handled in a thread")
    except ValueError:
        handled.set()
        looked.wait()
        print(sys.exc_info()[1], sys.exception())
        try:
            raise
        except ValueError as error:
            print(error.__context__, error)


def look():
    print(sys.exc_info(), sys.exception())
    try:
        raise KeyError("elsewhere")
    except KeyError as error:
        print(repr(error.__context__))
    try:
        raise
    except RuntimeError as error:
        print(error)


thread = threading.Thread(target=handle)
thread.start()
handled.wait()
look()
looked.set()
thread.join()
print(sys.exc_info())
