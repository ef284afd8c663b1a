"""sys._current_frames knows every thread by its identity, with the stack it really has."""

import sys
import threading
import traceback

entered, leave = threading.Event(), threading.Event()


def inner():
    entered.set()
    while not leave.is_set():
        pass


def outer():
    inner()


thread = threading.Thread(target=outer)
thread.start()
entered.wait()
frames = sys._current_frames()
names = [frame.name for frame in traceback.extract_stack(frames[thread.ident])]
print(len(frames), frames[threading.get_ident()].f_code.co_name, names[:5])
leave.set()
thread.join()
print(len(sys._current_frames()), thread.ident in sys._current_frames())
print(list(sys._current_exceptions().values()))
