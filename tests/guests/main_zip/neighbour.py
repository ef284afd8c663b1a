"""Next to the main program, in the archive."""

import threading


def fail():
    thread = threading.Thread(target=int, args=("not a number",))
    thread.start()
    thread.join()
    raise LookupError("in an archive")
