"""Frame depth and stacks, in main and in a thread."""

import inspect
import sys
import threading
import traceback


def frames():
    frame = sys._getframe()
    while frame is not None:
        yield frame.f_code.co_name, frame.f_code.co_filename, frame.f_lineno
        frame = frame.f_back


def show():
    print(threading.current_thread().name, len(inspect.stack()))
    for frame in frames():
        print(*frame)
    traceback.print_stack(file=sys.stdout)
    print([frame.f_code.co_name for frame in sys._current_frames().values() if frame is sys._getframe()])


show()
thread = threading.Thread(target=show)
thread.start()
thread.join()
