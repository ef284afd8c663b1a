"""stack_size is kept and checks its argument."""

import threading

for size in (0, 256 * 1024, 1, -1, 4096, 1 << 20, "text", 0):
    try:
        print(threading.stack_size(size), threading.stack_size())
    except Exception as error:
        print(type(error).__name__, error, threading.stack_size())
    thread = threading.Thread(target=print, args=("runs",))
    thread.start()
    thread.join()
