# stderr: yes
"""C code that looks for signals once more when a handler has raised already: that error is what the program gets.

`qsort` calls `PyErr_CheckSignals` as its comparison, over and over, as a C library does that polls in a loop. What
trips a signal before it is C code, too, so that no handler runs earlier.
"""

import ctypes
import signal
import threading
import time
import traceback
from _thread import interrupt_main
from collections import deque
from functools import partial
from operator import call

SIZE = 1000
library = ctypes.PyDLL(None)
numbers = (ctypes.c_int64 * SIZE)()
look = ctypes.cast(library.PyErr_CheckSignals, ctypes.c_void_p)
trip = library.PyErr_SetInterruptEx


class Stop(Exception):
    pass


instance = Stop("an instance")


def fail(number, frame):
    raise Stop


def fail_with_instance(number, frame):
    raise instance


def do_nothing(number, frame):
    pass


def run(*tripped):
    steps = [partial(trip, int(number)) for number in tripped]
    deque(map(call, [*steps, partial(library.qsort, numbers, SIZE, 8, look)]), 0)


def show(*tripped):
    try:
        run(*tripped)
    except Stop as error:
        traceback.print_exc()
        print(repr(error), error.__cause__, repr(error.__context__), flush=True)


def main():
    show(signal.SIGUSR1)
    try:
        raise ValueError("handled meanwhile")
    except ValueError:
        show(signal.SIGUSR1)
    for number, second in (signal.SIGUSR2, do_nothing), (signal.SIGALRM, fail_with_instance):
        signal.signal(number, second)
        show(signal.SIGUSR1, number)
    signal.signal(signal.SIGUSR2, signal.SIG_IGN)
    interrupt_main(signal.SIGUSR2)
    show(signal.SIGUSR1)


signal.signal(signal.SIGUSR1, fail)
main()
ended = threading.Event()
thread = threading.Thread(target=ended.wait)
spinner = threading.Thread(target=lambda: [time.sleep(0) for _ in iter(ended.is_set, True)])
thread.start()
spinner.start()
main()
ended.set()
thread.join()
spinner.join()
