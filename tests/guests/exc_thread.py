# stderr: yes
"""Uncaught exceptions in threads are shown and main goes on."""

import threading


class Mine(threading.Thread):
    def run(self):
        raise LookupError("in run")


def fail(number):
    [][number]


for thread in (threading.Thread(target=fail, args=(1,)), threading.Thread(target=fail, name="named"), Mine()):
    thread.start()
    thread.join()
    print(thread.is_alive(), thread.name)
