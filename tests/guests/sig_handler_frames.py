"""A handler runs in main, on top of main's frame, also when main waits and when a thread computes."""

import os
import signal
import threading
import time

handled = []


def handle(number, frame):
    names = []
    while frame:
        names.append(frame.f_code.co_name)
        frame = frame.f_back
    print(signal.Signals(number).name, threading.current_thread().name, names)
    handled.append(number)


def sends():
    time.sleep(0.02)
    os.kill(os.getpid(), signal.SIGUSR1)
    while not handled:
        pass


def nap():
    time.sleep(0.1)


def spin():
    while not handled:
        pass


signal.signal(signal.SIGUSR1, handle)
for wait in (nap, spin):
    handled.clear()
    thread = threading.Thread(target=sends)
    thread.start()
    wait()
    thread.join()
