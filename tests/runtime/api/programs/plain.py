"""Plain python, no hooks: what is left over at the end neither runs nor hangs, and an unseen error is reported."""

import sys
import threading

import ocoro

assert "ocoro.hooks" not in sys.modules and "click" not in sys.modules
assert threading.active_count() == 1


def fail():
    raise ValueError("unseen")


def left_over():
    try:
        ocoro.sleep(1000)
    finally:
        print("never")


ocoro.spawn(left_over)
ocoro.spawn(fail).join()
ocoro.spawn(int, "seen").join()
coroutine = ocoro.spawn(int, "x")
try:
    coroutine.result()
except ValueError as error:
    print(len(error.__traceback__.tb_frame.f_code.co_name), error)
del coroutine
print("end")
