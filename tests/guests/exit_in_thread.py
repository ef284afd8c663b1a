# ends: 3
"""SystemExit in a thread ends only that thread, without a word."""

import sys
import threading


def leave(status):
    try:
        sys.exit(status)
    finally:
        print("leaving", status)


for status in (None, 5, "text"):
    thread = threading.Thread(target=leave, args=(status,))
    thread.start()
    thread.join()
print("main goes on")
sys.exit(3)
