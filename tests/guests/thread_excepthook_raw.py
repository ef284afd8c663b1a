"""threading.excepthook and sys.unraisablehook with raw threads."""

import _thread
import re
import sys
import threading

done = threading.Event()


def hook(unraisable):
    text = re.sub("0x[0-9a-f]+", "..", f"{unraisable.err_msg} {unraisable.object}")
    print(unraisable.exc_type.__name__, unraisable.exc_value, text)
    done.set()


def fail():
    raise ValueError("in a raw thread")


sys.unraisablehook = hook
_thread.start_new_thread(fail, ())
done.wait()
