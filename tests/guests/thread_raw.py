# stderr: yes
"""_thread itself: start, arguments, exceptions, exit, count."""

import _thread
import re
import sys
import threading
import time

done = threading.Semaphore(0)


def attempt(call, *args):
    try:
        print(re.sub(r"0x[0-9a-f]+|\d{4,}", "..", repr(call(*args))))
    except BaseException as error:
        print(type(error).__name__, error)


def show(*args, **kwargs):
    print(args, kwargs, _thread._count())
    done.release()


class Fail:
    def __call__(self):
        try:
            raise ValueError("in a raw thread")
        finally:
            done.release()

    def __repr__(self):
        return "Fail()"


def leave():
    done.release()
    sys.exit("not shown")


def leave_too():
    done.release()
    _thread.exit()


print(_thread._count())
identity = _thread.start_new_thread(show, (1, 2), {"three": 3})
done.acquire()
print(type(identity).__name__)
for function in (Fail(), leave, leave_too):
    _thread.start_new_thread(function, ())
    done.acquire()
while _thread._count():
    time.sleep(0.001)
attempt(_thread.start_new_thread, 1, ())
attempt(_thread.start_new_thread, show, [1])
attempt(_thread.start_new_thread, show, (), 3)
attempt(_thread.exit)
attempt(_thread.allocate_lock)
attempt(_thread.allocate_lock().release)
print(_thread.LockType.__name__, isinstance(_thread.allocate_lock(), _thread.LockType), _thread.error is RuntimeError)
