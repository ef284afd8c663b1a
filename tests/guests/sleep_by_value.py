"""The name taken from the module, in every way a program takes it."""

import threading
import time
from time import sleep
from time import sleep as nap

table = {"sleep": time.sleep}


def work(wait=sleep):
    wait(0.01)
    nap(0.01)
    table["sleep"](0.01)
    getattr(time, "sleep")(0.01)
    print(sleep is time.sleep, nap is wait, __import__("time").sleep is sleep)


thread = threading.Thread(target=work)
thread.start()
thread.join()
