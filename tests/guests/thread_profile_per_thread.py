"""A trace function set inside a thread stays in that thread while others take turns."""

import sys
import threading
import time

seen = []


def profile(frame, event, arg):
    if event == "call" and frame.f_code.co_filename == __file__:
        seen.append(frame.f_code.co_name)


def traced_call():
    time.sleep(0.005)


def other_call():
    time.sleep(0.005)


def traced():
    sys.setprofile(profile)
    for _ in range(3):
        traced_call()
    sys.setprofile(None)


def other():
    for _ in range(6):
        other_call()


threads = [threading.Thread(target=traced), threading.Thread(target=other)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(seen, sys.getprofile())
